using System.Runtime.InteropServices;
using Skep.Bpf.Interop;

namespace Skep.Bpf;

/// <summary>A file descriptor of a BPF object of the kernel, close-on-exec. The object lives at least as long as the handle is open.</summary>
public abstract class BpfHandle : SafeHandle
{
    private protected BpfHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;

    internal FdUse Use() => new(this);

    private protected int DuplicateFd(string what)
    {
        using FdUse use = Use();
        return Duplicate(use.Number, what);
    }

    internal static int Duplicate(int fd, string what)
    {
        int copy = Libc.fcntl(fd, Libc.F_DUPFD_CLOEXEC, 0);
        if (copy < 0) throw new BpfException($"duplicate the descriptor of {what}", new Errno(Marshal.GetLastPInvokeError()));
        return copy;
    }
}
