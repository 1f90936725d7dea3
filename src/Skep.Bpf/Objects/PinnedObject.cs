using Skep.Bpf.Interop;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>The kinds of objects that a bpffs can hold.</summary>
public enum PinnedKind
{
    /// <summary>A program.</summary>
    Program,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A link.</summary>
    Link,
}

/// <summary>What a file of a bpffs stands for.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Id">The kernel's id.</param>
public readonly record struct PinnedObject(PinnedKind Kind, uint Id)
{
    /// <summary>Finds out what is pinned at a path.</summary>
    /// <returns>
    /// Null when it cannot be opened, or is no such object: the kernel's own iterators (<c>maps.debug</c>) are files as well.
    /// </returns>
    public static PinnedObject? TryIdentify(string path)
    {
        int fd = ObjectPath.Call(BpfCommand.ObjGet, path, null);
        if (fd < 0) return null;
        try
        {
            // As in ObjectPath.Open: only the name of the anonymous inode tells the kind.
            string kind = DescriptorFields.Kind(fd);
            if (kind.Contains("bpf-prog", StringComparison.Ordinal))
                return Identify<bpf_prog_info>(fd, PinnedKind.Program, static info => info.id);
            if (kind.Contains("bpf-map", StringComparison.Ordinal))
                return Identify<bpf_map_info>(fd, PinnedKind.Map, static info => info.id);
            if (kind.Contains("link", StringComparison.Ordinal))
                return Identify<bpf_link_info>(fd, PinnedKind.Link, static info => info.id);
            return null;
        }
        finally
        {
            _ = Libc.close(fd);
        }
    }

    private static PinnedObject? Identify<T>(int fd, PinnedKind kind, Func<T, uint> id) where T : unmanaged
    {
        T info = default;
        return KernelObjects.Info(fd, ref info) < 0 ? null : new PinnedObject(kind, id(info));
    }
}
