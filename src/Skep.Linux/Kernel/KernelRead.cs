using Skep.Linux.Errors;

namespace Skep.Linux.Kernel;

/// <summary>How a reading of a file of the kernel ended.</summary>
public enum KernelReadOutcome
{
    /// <summary>It was read.</summary>
    Read,

    /// <summary>There is no such file: the process has ended or is hidden, the file system is not mounted, the kernel lacks it.</summary>
    Absent,

    /// <summary>It may not be read.</summary>
    Denied,

    /// <summary>The kernel gave another error.</summary>
    Failed,
}

/// <summary>What a file of /proc, /sys or another file system of the kernel gave.</summary>
/// <typeparam name="T">The content.</typeparam>
/// <param name="Value">The content; null when it could not be read.</param>
/// <param name="Error">Why it could not be read; 0 when it was.</param>
public readonly record struct KernelRead<T>(T? Value, Errno Error) where T : class
{
    /// <summary>How it ended.</summary>
    public KernelReadOutcome Outcome => Error.Outcome();
}

/// <summary>What an error number says of a file of the kernel.</summary>
public static class KernelReadErrors
{
    /// <summary>How a reading that ended with this error number ended.</summary>
    public static KernelReadOutcome Outcome(this Errno error) => error.Name switch
    {
        "0" => KernelReadOutcome.Read,
        // ESRCH: of the files of a process that has ended meanwhile (fs/proc/base.c). ENOTDIR: another file is in its place.
        "ENOENT" or "ESRCH" or "ENOTDIR" or "ENODEV" => KernelReadOutcome.Absent,
        "EACCES" or "EPERM" => KernelReadOutcome.Denied,
        _ => KernelReadOutcome.Failed,
    };
}
