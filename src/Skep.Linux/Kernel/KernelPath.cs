using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;

namespace Skep.Linux.Kernel;

/// <summary>Files and directories that stand for an object of the kernel: a cgroup's directory, a namespace.</summary>
public static class KernelPath
{
    /// <summary>Opens one for reading, close-on-exec.</summary>
    /// <exception cref="KernelException">There is none, or it may not be opened.</exception>
    public static SafeHandle Open(string path) =>
        FileHandle.Own(Libc.open(path, Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC), $"open {path}");
}
