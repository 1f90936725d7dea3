using Skep.Linux.Kernel;

namespace Skep.Inventory.Objects;

/// <summary>The directories of the v2 cgroup hierarchy by the kernel's id, which is the inode.</summary>
internal sealed class CgroupPaths
{
    private readonly Dictionary<ulong, string> _paths = [];

    private CgroupPaths()
    {
    }

    /// <summary>Where the hierarchy is mounted; null where it is not.</summary>
    public static string? Mount() => MountTable.First("cgroup2");

    public static CgroupPaths Read()
    {
        var paths = new CgroupPaths();
        if (Mount() is not { } root) return paths;
        foreach (string directory in Tree(root))
            if (FileIdentity.Inode(directory) is { } inode)
                paths._paths[inode] = directory.Length == root.Length ? "/" : directory[root.Length..];
        return paths;
    }

    /// <summary>A directory and all below it, parents first.</summary>
    public static IEnumerable<string> Tree(string root) => KernelDirectory.Tree(root).Order(StringComparer.Ordinal);

    public string? Find(ulong id) => _paths.GetValueOrDefault(id);
}
