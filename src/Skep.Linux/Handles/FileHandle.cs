using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Linux.Handles;

/// <summary>A descriptor that is not a BPF object.</summary>
internal sealed class FileHandle : SafeHandle
{
    private FileHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    public override bool IsInvalid => handle < 0;

    /// <summary>Takes the descriptor that a system call has just returned.</summary>
    internal static FileHandle Own(int fd, string operation) =>
        fd >= 0 ? new FileHandle(fd) : throw new KernelException(operation, new Errno(Marshal.GetLastPInvokeError()));

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
