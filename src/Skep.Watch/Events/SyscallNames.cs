namespace Skep.Watch.Events;

internal static class SyscallNames
{
    /// <summary>The system call that an event is of; <c>none</c> for one that was made without.</summary>
    public static string Name(in EntryRecord entry) =>
        (entry.Flags & CallFlags.Kernel) != 0 ? BpfEvent.NoSyscall
        : (entry.Flags & CallFlags.IoUring) != 0 ? "io_uring_enter"
        : entry.Syscall == SyscallKind.SendByOther ? $"syscall {entry.Cmd}"
        : entry.Syscall.Name();

    public static string Name(this SyscallKind kind) => kind switch
    {
        SyscallKind.Bpf => "bpf",
        SyscallKind.Ioctl => "ioctl",
        SyscallKind.Setsockopt => "setsockopt",
        SyscallKind.Seccomp => "seccomp",
        SyscallKind.Prctl => "prctl",
        SyscallKind.Sendmsg => "sendmsg",
        SyscallKind.Sendto => "sendto",
        SyscallKind.Write => "write",
        SyscallKind.Writev => "writev",
        SyscallKind.Sendmmsg => "sendmmsg",
        _ => $"syscall {(uint)kind}",
    };
}
