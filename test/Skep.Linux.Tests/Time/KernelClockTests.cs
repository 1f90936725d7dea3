using System.Diagnostics;
using Skep.Linux.Time;

namespace Skep.Linux.Tests.Time;

public sealed class KernelClockTests
{
    // Generous: the two clocks are read one after the other, on a machine that may be busy.
    private const long SecondNs = 1_000_000_000;

    [Fact]
    public void Now_is_now()
    {
        long before = UnixNs();
        long told = new KernelClock().ToUnixNs((ulong)Stopwatch.GetTimestamp());
        Assert.InRange(told, before - SecondNs, UnixNs() + SecondNs);
    }

    [Fact]
    public void Distances_are_kept()
    {
        var clock = new KernelClock();
        long first = clock.ToUnixNs(5 * SecondNs);
        Assert.InRange(clock.ToUnixNs(12 * SecondNs) - first, 7 * SecondNs - SecondNs, 7 * SecondNs + SecondNs);
    }

    private static long UnixNs() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
}
