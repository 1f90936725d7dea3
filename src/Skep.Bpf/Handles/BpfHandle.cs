using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>
/// A file descriptor of a BPF object of the kernel, close-on-exec. The object lives at least as long as the handle is open.
/// </summary>
public abstract class BpfHandle : SafeHandle
{
    private protected BpfHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;

    /// <summary>Pins the object at a path of a bpffs: it lives until the file is removed (<c>File.Delete</c>).</summary>
    /// <param name="path">A path that does not exist, in a directory of a mounted bpffs. No dots in its last part.</param>
    /// <exception cref="BpfException">The path exists (<c>EEXIST</c>), or is not on a bpffs (<c>EPERM</c>), ...</exception>
    public void Pin(string path)
    {
        int result = ObjectPath.Call(BpfCommand.ObjPin, path, this);
        if (result < 0)
            throw new BpfException($"pin {this} at {path}", new Errno(-result),
                result == -Errno.EPERM ? "pin it in a mounted bpffs, as root" : null);
    }

    /// <summary>Reads what the kernel tells of the descriptor: memory, frozen, ...; without fields where /proc is not mounted.</summary>
    public DescriptorFields ReadFields()
    {
        using FdUse use = Use();
        return DescriptorFields.Read(use.Number);
    }

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
