namespace Skep.Watch.Events;

internal static class SyscallNames
{
    public static string Name(this SyscallKind kind) => kind switch
    {
        SyscallKind.Bpf => "bpf",
        SyscallKind.Ioctl => "ioctl",
        SyscallKind.Setsockopt => "setsockopt",
        SyscallKind.Seccomp => "seccomp",
        SyscallKind.Prctl => "prctl",
        SyscallKind.Sendmsg => "sendmsg",
        SyscallKind.Sendto => "sendto",
        _ => $"syscall {(uint)kind}",
    };
}
