using System.Globalization;

namespace Skep.Output;

/// <summary>Calendar times as all output has them: RFC 3339, in UTC.</summary>
public static class UtcText
{
    private const string Second = "yyyy-MM-ddTHH:mm:ss";
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>To the second: <c>2026-01-02T03:04:05Z</c>.</summary>
    /// <param name="time">A time in UTC.</param>
    public static string Seconds(DateTime time) => time.ToString(Second + "Z", CultureInfo.InvariantCulture);

    /// <summary>To the microsecond: <c>2026-01-02T03:04:05.000006Z</c>.</summary>
    /// <param name="time">A time in UTC.</param>
    public static string Microseconds(DateTime time) => time.ToString(Second + ".ffffffZ", CultureInfo.InvariantCulture);

    /// <summary>To the nanosecond: <c>2026-01-02T03:04:05.000000006Z</c>.</summary>
    /// <param name="unixNs">Nanoseconds of Unix time.</param>
    public static string Nanoseconds(long unixNs)
    {
        (long seconds, long rest) = Math.DivRem(unixNs, NanosecondsPerSecond);
        string second = DateTime.UnixEpoch.AddSeconds(seconds).ToString(Second, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{second}.{rest:d9}Z");
    }
}
