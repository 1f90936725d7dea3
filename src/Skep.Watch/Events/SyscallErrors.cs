using System.Globalization;
using Skep.Linux.Errors;

namespace Skep.Watch.Events;

/// <summary>Names of what a system call returns instead of a result.</summary>
internal static class SyscallErrors
{
    /// <summary>The name of a failure, <c>EPERM</c>; null for a result that is none.</summary>
    public static string? Name(long result) => result switch
    {
        >= 0 or < -4095 => null,
        // include/linux/errno.h: the kernel's own, seen by a tracer before the return to user space turns them into EINTR or a restart.
        -512 => "ERESTARTSYS",
        -513 => "ERESTARTNOINTR",
        -514 => "ERESTARTNOHAND",
        -515 => "ENOIOCTLCMD",
        -516 => "ERESTART_RESTARTBLOCK",
        -517 => "EPROBE_DEFER",
        -524 => "ENOTSUPP",
        // Numbers that libbpf gives its own errors; a seccomp filter may make a call return them.
        <= -4000 => string.Create(CultureInfo.InvariantCulture, $"E{-result}"),
        _ => Errno.NameOf((int)-result),
    };
}
