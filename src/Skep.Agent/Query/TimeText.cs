using System.Globalization;

namespace Skep.Agent.Query;

/// <summary>Reads times as <c>--since</c> and <c>--until</c> take them.</summary>
public static class TimeText
{
    /// <summary>What they take, in words.</summary>
    public const string Wanted = "a time such as 2026-01-02, '2026-01-02 15:04' or 2026-01-02T15:04:05Z, in UTC, or 30m, 2h "
        + "or 7d for so long ago";

    private const int NanosecondsPerTick = 100;

    private static readonly string[] Forms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFF",
        "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Reads a time.</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">The time that is now.</param>
    /// <param name="unixNs">The time, in nanoseconds of Unix time.</param>
    public static bool TryRead(string text, DateTime now, out long unixNs)
    {
        ArgumentNullException.ThrowIfNull(text);
        unixNs = 0;
        if (SecondsAgo(text) is { } ago)
        {
            if (ago > (now - DateTime.UnixEpoch).TotalSeconds) return false;
            unixNs = ((now - DateTime.UnixEpoch).Ticks - ago * TimeSpan.TicksPerSecond) * NanosecondsPerTick;
            return true;
        }

        // Events are printed with nanoseconds, .NET reads tenths of microseconds.
        int dot = text.IndexOf('.', StringComparison.Ordinal), more = 0;
        if (dot > 0 && text.EndsWith('Z') && text.Length - dot - 2 is > 7 and <= 9)
        {
            if (!int.TryParse(text[(dot + 8)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out more)) return false;
            if (text.Length - dot - 2 == 8) more *= 10;
            text = text[..(dot + 8)] + "Z";
        }

        if (!DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out DateTimeOffset time))
            return false;
        if (time < DateTimeOffset.UnixEpoch || time.Year > 2200) return false;
        unixNs = (time.UtcDateTime - DateTime.UnixEpoch).Ticks * NanosecondsPerTick + more;
        return true;
    }

    private static long? SecondsAgo(string text)
    {
        if (text.Length < 2 || !uint.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out uint number)) return null;
        long unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 };
        return unit == 0 ? null : number * unit;
    }
}
