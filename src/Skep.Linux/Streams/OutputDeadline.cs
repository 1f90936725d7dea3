using Skep.Linux.Interop;

namespace Skep.Linux.Streams;

/// <summary>
/// How long the process waits for those who read what it writes: for ever, until it is asked to end; then for a moment in all. A pipe that
/// nobody reads must not keep a process that got a signal.
/// </summary>
public static class OutputDeadline
{
    /// <summary>The error number of an <see cref="IOException"/> for what was dropped as it was not read in time: ECANCELED.</summary>
    public const int NotRead = 125;

    private const long GraceMilliseconds = 700;
    private const int GlanceMilliseconds = 100;

    // As a signal's handling, a matter of the whole process.
    private static long s_end = long.MaxValue;

    /// <summary>The process was asked to end. May be called from any thread, and again.</summary>
    public static void Set() => Interlocked.CompareExchange(ref s_end, Environment.TickCount64 + GraceMilliseconds, long.MaxValue);

    /// <summary>Waits until a descriptor can be written.</summary>
    /// <returns>False when the deadline is over.</returns>
    internal static bool Wait(int fd)
    {
        while (true)
        {
            long left = Volatile.Read(ref s_end) - Environment.TickCount64;
            if (left <= 0) return Libc.Poll(fd, Libc.POLLOUT, 0) != 0;
            if (Libc.Poll(fd, Libc.POLLOUT, (int)Math.Min(left, GlanceMilliseconds)) != 0) return true;
        }
    }
}
