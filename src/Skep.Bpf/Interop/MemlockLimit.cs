using System.Runtime.InteropServices;

namespace Skep.Bpf.Interop;

/// <summary>Before Linux 5.11 maps and programs are charged to RLIMIT_MEMLOCK, and EPERM says that it is reached.</summary>
internal static unsafe partial class MemlockLimit
{
    private const int RLIMIT_MEMLOCK = 8;
    private const ulong Infinity = ulong.MaxValue;

    /// <summary>Raises the limit, if there is one.</summary>
    /// <returns>Whether it was raised now, so that what failed is worth another try.</returns>
    internal static bool Raise()
    {
        ResourceLimit limit;
        if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == Infinity) return false;
        limit = new ResourceLimit { rlim_cur = Infinity, rlim_max = Infinity };
        return setrlimit(RLIMIT_MEMLOCK, &limit) == 0;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct ResourceLimit
    {
        public ulong rlim_cur;
        public ulong rlim_max;
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, ResourceLimit* limit);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, ResourceLimit* limit);
}
