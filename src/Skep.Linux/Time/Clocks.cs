using System.Runtime.InteropServices;

namespace Skep.Linux.Time;

/// <summary>The kernel's clocks that .NET does not show.</summary>
public static partial class Clocks
{
    private const int CLOCK_REALTIME = 0, CLOCK_BOOTTIME = 7, CLOCK_TAI = 11;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The Unix time, in nanoseconds, at which CLOCK_BOOTTIME was 0, by both clocks of now.</summary>
    public static long BootUnixNanoseconds() => Now(CLOCK_REALTIME) - Now(CLOCK_BOOTTIME);

    /// <summary>CLOCK_REALTIME: nanoseconds of Unix time.</summary>
    public static long UnixNanoseconds() => Now(CLOCK_REALTIME);

    /// <summary>CLOCK_BOOTTIME, in nanoseconds: what bpf_ktime_get_boot_ns gives. It goes on while the machine sleeps.</summary>
    public static long BootNanoseconds() => Now(CLOCK_BOOTTIME);

    /// <summary>How many seconds CLOCK_REALTIME is ahead of CLOCK_TAI, which bpf_ktime_get_tai_ns gives: not at all, or by leap seconds
    /// less.</summary>
    public static long UtcAheadOfTaiSeconds() =>
        (long)Math.Round((double)(Now(CLOCK_REALTIME) - Now(CLOCK_TAI)) / NanosecondsPerSecond);

    private static long Now(int clock)
    {
        // clock_gettime(2) fails only for a clock that the kernel does not have.
        _ = clock_gettime(clock, out Timespec time);
        return time.Seconds * NanosecondsPerSecond + time.Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Timespec time);
}
