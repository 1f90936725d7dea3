namespace Skep.Linux.Time;

/// <summary>From CLOCK_BOOTTIME, in which the kernel keeps the time of a load, to the wall clock.</summary>
public static class BootClock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly Lazy<long> BootUnixNs = new(Clocks.BootUnixNanoseconds);

    /// <summary>Whole seconds of Unix time; null for 0, which stands for unknown.</summary>
    public static long? ToUnixSeconds(ulong bootNs) => bootNs == 0 ? null : (BootUnixNs.Value + (long)bootNs) / NanosecondsPerSecond;
}
