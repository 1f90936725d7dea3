using System.Runtime.InteropServices;

namespace Skep.Linux.Interop;

/// <summary>
/// What the kernel's interface has otherwise on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl) and on arm64 (include/uapi/asm-generic).
/// </summary>
internal readonly record struct Processor(bool IsArm64)
{
    /// <summary>The one that this runs on.</summary>
    internal static Processor This => new(RuntimeInformation.ProcessArchitecture == Architecture.Arm64);

    // Numbers of system calls.
    internal int Bpf => Of(321, 280);
    internal int Capget => Of(125, 90);
    internal int Capset => Of(126, 91);
    internal int Getdents64 => Of(217, 61);
    internal int Membarrier => Of(324, 283);
    internal int Openat => Of(257, 56);
    internal int PerfEventOpen => Of(298, 241);
    internal int Seccomp => Of(317, 277);

    // Those from 424 on are the same everywhere.
    internal const int PidfdSendSignal = 424, Fsopen = 430, Fsconfig = 431, Fsmount = 432, PidfdOpen = 434, Openat2 = 437, PidfdGetfd = 438,
        LsmListModules = 461;

    // Flags of open(2).
    internal int O_DIRECTORY => Of(0x10000, 0x4000);
    internal int O_NOFOLLOW => Of(0x20000, 0x8000);

    // struct epoll_event is packed on x86-64 only (sys/epoll.h).
    internal int EpollEventBytes => Of(12, 16);
    internal int EpollEventData => Of(4, 8);

    private int Of(int x86, int arm64) => IsArm64 ? arm64 : x86;
}
