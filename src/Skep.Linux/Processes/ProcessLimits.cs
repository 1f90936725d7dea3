using System.Runtime.InteropServices;
using Skep.Linux.Errors;

namespace Skep.Linux.Processes;

/// <summary>What this process may take of the machine.</summary>
public static partial class ProcessLimits
{
    // include/uapi/asm-generic/resource.h, linux/resource.h, linux/prctl.h
    private const int RLIMIT_CPU = 0, RLIMIT_DATA = 2, RLIMIT_CORE = 4, PRIO_PROCESS = 0, PR_SET_PDEATHSIG = 1, SIGKILL = 9;

    /// <summary>
    /// Binds it to a time of the CPU and an amount of memory, behind other work, without a core dump; and ends it with its parent.
    /// </summary>
    /// <param name="seconds">Seconds of the CPU: behind them it is ended.</param>
    /// <param name="bytes">Bytes of data: more is not given.</param>
    /// <param name="niceness">From 0 to 19: how far behind.</param>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static void Bind(ulong seconds, ulong bytes, int niceness)
    {
        Check(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "end with the parent");
        Limit(RLIMIT_CPU, seconds);
        Limit(RLIMIT_DATA, bytes);
        Limit(RLIMIT_CORE, 0);
        Check(setpriority(PRIO_PROCESS, 0, niceness), "lower the priority");
    }

    private static void Limit(int resource, ulong most)
    {
        var limit = new ResourceLimit { Soft = most, Hard = most };
        Check(setrlimit(resource, in limit), "limit the process");
    }

    private static void Check(int result, string what)
    {
        if (result != 0) throw new KernelException(what, new Errno(Marshal.GetLastPInvokeError()));
    }

    // struct rlimit of 64-bit Linux
    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft, Hard;
    }

    // https://man7.org/linux/man-pages/man2/setrlimit.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, in ResourceLimit limit);

    // https://man7.org/linux/man-pages/man2/setpriority.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial int setpriority(int which, uint who, int priority);

    // https://man7.org/linux/man-pages/man2/prctl.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
