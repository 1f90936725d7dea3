using System.Text;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>BPF_OBJ_PIN and BPF_OBJ_GET: objects by a path of a bpffs.</summary>
internal static unsafe class ObjectPath
{
    /// <returns>A descriptor or 0, or the negative error number.</returns>
    internal static int Call(BpfCommand command, string path, BpfHandle? handle)
    {
        using var use = new FdUse(handle);
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + '\0'))
        {
            var attr = new ObjectPathAttr { pathname = bytes };
            if (handle is not null) attr.bpf_fd = (uint)use.Number;
            return BpfSyscall.Call(command, ref attr);
        }
    }

    /// <param name="path">A file of a bpffs.</param>
    /// <param name="what">The object that is wanted, in words.</param>
    /// <param name="inode">The name of its anonymous inode, as /proc/self/fd shows it.</param>
    /// <returns>A descriptor.</returns>
    internal static int Open(string path, string what, string inode)
    {
        int fd = Call(BpfCommand.ObjGet, path, null);
        if (fd < 0) throw new BpfException($"open the {what} pinned at {path}", new Errno(-fd));

        // The call gives any kind of object; the kernel's name of the descriptor tells which: bpf-map, bpf-prog, bpf-link.
        string kind = DescriptorFields.Kind(fd);
        if (kind.Contains(inode, StringComparison.Ordinal)) return fd;
        _ = Libc.close(fd);
        throw new BpfException($"open the {what} pinned at {path}", new Errno(Errno.EINVAL), null, $"it holds {kind}, not a {what}");
    }
}
