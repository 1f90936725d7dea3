using System.Globalization;

namespace Skep.Output;

/// <summary>A bar for each value, the newest at the right, under the largest of them.</summary>
public static class Plot
{
    private const string Eighths = " ▁▂▃▄▅▆▇█";

    /// <summary>Draws.</summary>
    /// <param name="title">What is drawn.</param>
    /// <param name="values">The values, oldest first, none negative.</param>
    /// <param name="width">Characters of a line.</param>
    /// <param name="height">Lines, the title's not counted.</param>
    /// <param name="unicode">Whether the terminal shows block characters: eight steps a line; else <c>#</c>.</param>
    public static IEnumerable<string> Draw(string title, IReadOnlyList<double> values, int width, int height, bool unicode)
    {
        int count = Math.Min(values.Count, Math.Max(width - 1, 0));
        double largest = 0, last = values.Count > 0 ? values[^1] : 0;
        for (int i = values.Count - count; i < values.Count; i++) largest = Math.Max(largest, values[i]);
        yield return string.Create(CultureInfo.InvariantCulture, $"{title}: {Number(last)} now, {Number(largest)} at most");
        for (int line = height - 1; line >= 0; line--)
        {
            var bars = new char[count];
            for (int i = 0; i < count; i++) bars[i] = Bar(values[values.Count - count + i], largest, line, height, unicode);
            yield return (unicode ? "│" : "|") + new string(bars);
        }
    }

    private static char Bar(double value, double largest, int line, int height, bool unicode)
    {
        if (value <= 0) return ' ';

        // What is more than nothing is seen.
        int steps = Math.Max(1, (int)Math.Round(value / largest * height * 8)) - (line * 8);
        if (!unicode) return steps >= (line == 0 ? 1 : 4) ? '#' : ' ';
        return Eighths[Math.Clamp(steps, 0, 8)];
    }

    private static string Number(double value) => value.ToString(value is > 0 and < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
