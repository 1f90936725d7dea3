using System.Runtime.InteropServices;

namespace Skep.Linux.Processes;

/// <summary>How the kernel's scheduler treats threads.</summary>
public static partial class SchedulingPriority
{
    private const int PRIO_PROCESS = 0, Highest = -20;

    /// <summary>Gives the calling thread the lowest nice value, where that is permitted: when it wakes it runs before others.</summary>
    /// <remarks>setpriority(2) of Linux is for a thread, not for its process.</remarks>
    public static void RaiseOfThread() => _ = setpriority(PRIO_PROCESS, 0, Highest);

    [LibraryImport("libc")]
    private static partial int setpriority(int which, uint who, int priority);
}
