using System;
using System.Globalization;
using System.Text;

namespace Skep.Filter.Model;

/// <summary>Times as nft writes them: <c>1d2h3m4s500ms</c>.</summary>
internal static class DurationText
{
    internal static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    private static readonly (string Unit, long Milliseconds)[] Units =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    internal static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var total = 0L;
        var rank = -1;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits is <= 0 or > 9) return false;
            var number = long.Parse(text[..digits], CultureInfo.InvariantCulture);
            text = text[digits..];
            var unitLength = text.IndexOfAnyInRange('0', '9') is >= 0 and var next ? next : text.Length;
            var unit = text[..unitLength];
            var found = -1;
            for (var i = 0; i < Units.Length; i++)
                if (unit.SequenceEqual(Units[i].Unit)) found = i;
            if (found <= rank) return false;
            rank = found;
            total += number * Units[found].Milliseconds;
            text = text[unitLength..];
        }
        if (total <= 0 || total > Longest.TotalMilliseconds) return false;
        duration = TimeSpan.FromMilliseconds(total);
        return true;
    }

    internal static string Format(TimeSpan duration)
    {
        var rest = (long)duration.TotalMilliseconds;
        var text = new StringBuilder();
        foreach (var (unit, milliseconds) in Units)
        {
            if (rest / milliseconds is > 0 and var count) text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            rest %= milliseconds;
        }
        return text.ToString();
    }
}
