namespace Skep.Linux.Time;

/// <summary>
/// From CLOCK_BOOTTIME, in which the kernel keeps the time of a load, to the wall clock, by their difference when it is first asked for.
/// </summary>
public sealed class BootClock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly Lazy<long> _bootUnixNs = new(Clocks.BootUnixNanoseconds);

    /// <summary>Whole seconds of Unix time; null for 0, which stands for unknown.</summary>
    public long? ToUnixSeconds(ulong bootNs) => bootNs == 0 ? null : (_bootUnixNs.Value + (long)bootNs) / NanosecondsPerSecond;
}
