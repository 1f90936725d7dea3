using System.Runtime.InteropServices;

namespace Skep.Testing;

/// <summary>The time that this thread has had of a processor.</summary>
public static class ThreadTime
{
    private const int CLOCK_THREAD_CPUTIME_ID = 3;

    public static long Nanoseconds => clock_gettime(CLOCK_THREAD_CPUTIME_ID, out Timespec now) == 0
        ? (now.Seconds * 1_000_000_000) + now.Nanoseconds
        : throw new InvalidOperationException($"clock_gettime: error {Marshal.GetLastPInvokeError()}");

    [DllImport("libc", SetLastError = true)]
    private static extern int clock_gettime(int clock, out Timespec time);

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
