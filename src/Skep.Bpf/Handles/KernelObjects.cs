using Skep.Bpf.Interop;
using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>Walks over all objects of the kernel, by id, in rising order (<c>BPF_*_GET_NEXT_ID</c>). Needs CAP_SYS_ADMIN.</summary>
public static class KernelObjects
{
    /// <summary>The ids of all loaded programs.</summary>
    public static IEnumerable<uint> ProgramIds() => Walk(BpfCommand.ProgGetNextId, "programs");

    /// <summary>The ids of all maps.</summary>
    public static IEnumerable<uint> MapIds() => Walk(BpfCommand.MapGetNextId, "maps");

    /// <summary>The ids of all links.</summary>
    public static IEnumerable<uint> LinkIds() => Walk(BpfCommand.LinkGetNextId, "links");

    /// <summary>The ids of all BTF objects: vmlinux, modules and what programs brought.</summary>
    public static IEnumerable<uint> BtfIds() => Walk(BpfCommand.BtfGetNextId, "BTF objects");

    private static IEnumerable<uint> Walk(BpfCommand command, string what)
    {
        uint id = 0;
        while (TryNext(command, what, ref id)) yield return id;
    }

    private static bool TryNext(BpfCommand command, string what, ref uint id)
    {
        var attr = new NextIdAttr { start_id = id };
        int result = BpfSyscall.Call(command, ref attr);
        if (result == -Errno.ENOENT) return false;
        if (result < 0) throw new BpfException($"list {what} after id {id}", new Errno(-result));
        id = attr.next_id;
        return true;
    }

    internal static BpfException CannotOpen(string noun, string command, uint id, Errno error) =>
        new($"open {noun} {id}", error, error.Number == Errno.ENOENT ? $"skep {command} list shows the ids that there are" : null);

    /// <returns>A descriptor, or the negative error number.</returns>
    internal static int FdById(BpfCommand command, uint id)
    {
        // The id of an object of any kind lies where a program's does.
        var attr = new ProgByIdAttr { prog_id = id };
        return BpfSyscall.Call(command, ref attr);
    }

    /// <summary>Fills <paramref name="info"/>: as much as this kernel has and this build knows.</summary>
    /// <returns>How many bytes of it the kernel filled, or the negative error number.</returns>
    internal static unsafe int Info<T>(int fd, ref T info) where T : unmanaged
    {
        fixed (T* buffer = &info)
        {
            var attr = new ObjectInfoAttr { bpf_fd = (uint)fd, info_len = (uint)sizeof(T), info = buffer };
            int result = BpfSyscall.Call(BpfCommand.ObjGetInfoByFd, ref attr);
            return result < 0 ? result : (int)attr.info_len;
        }
    }
}
