using System.Diagnostics;

namespace Skep.Linux.Time;

/// <summary>
/// From <c>bpf_ktime_get_ns</c>, which is CLOCK_MONOTONIC, as is <see cref="Stopwatch"/> on Linux, to the wall clock. The difference
/// is measured anew each second: NTP slews the wall clock, and an administrator may set it.
/// </summary>
public sealed class KernelClock
{
    private static readonly long RefreshAfter = Stopwatch.Frequency;

    private long _measured;
    private long _offsetNs;

    public long ToUnixNs(ulong monotonicNs)
    {
        long now = Stopwatch.GetTimestamp();
        if (_measured == 0 || now - _measured > RefreshAfter) Measure();
        return (long)monotonicNs + _offsetNs;
    }

    // The shortest of a few tries has the least between its two readings.
    private void Measure()
    {
        long best = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long before = Stopwatch.GetTimestamp();
            long wallNs = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
            long after = Stopwatch.GetTimestamp();
            if (after - before >= best) continue;
            best = after - before;
            _offsetNs = wallNs - (before + (after - before) / 2) * (1_000_000_000 / Stopwatch.Frequency);
        }

        _measured = Stopwatch.GetTimestamp();
    }
}
