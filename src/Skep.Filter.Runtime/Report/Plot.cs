namespace Skep.Filter.Runtime.Report;

/// <summary>Small drawings of characters.</summary>
public static class Plot
{
    private const string Levels = "▁▂▃▄▅▆▇█", Parts = " ▏▎▍▌▋▊▉█";

    /// <summary>A character for each value, by its share of the greatest; zero is a space.</summary>
    internal static string Sparkline(IReadOnlyList<double> values)
    {
        var greatest = values.Count == 0 ? 0 : values.Max();
        return string.Create(values.Count, (values, greatest), static (text, state) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                var value = state.values[i];
                text[i] =
                    value <= 0
                        ? ' ' : Levels[Math.Clamp((int)Math.Ceiling(value / state.greatest * Levels.Length) - 1, 0, Levels.Length - 1)];
            }
        });
    }

    /// <summary>A bar of eighths of characters, filled up with spaces.</summary>
    internal static string Bar(double share, int width)
    {
        var eighths = (int)Math.Round(Math.Clamp(share, 0, 1) * width * 8);
        if (eighths == 0 && share > 0) eighths = 1;
        var text = new string('█', eighths / 8) + (eighths % 8 == 0 ? "" : Parts[eighths % 8]);
        return text.PadRight(width);
    }

    /// <summary>A number with the unit that leaves at most four digits: 0, 999, 1.2k, 48.0M.</summary>
    internal static string Scaled(double value)
    {
        if (value < 1000)
            return value.ToString(value is > 0 and < 10 && value != Math.Floor(value) ? "0.0" : "0",
                System.Globalization.CultureInfo.InvariantCulture);
        var unit = -1;
        while (value >= 999.95 && unit < 4)
        {
            value /= 1000;
            unit++;
        }
        return value.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture) + "kMGTP"[unit];
    }
}
