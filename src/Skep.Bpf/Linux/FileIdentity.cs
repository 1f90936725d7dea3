namespace Skep.Bpf;

/// <summary>The inode of a file, which is the id of a cgroup's directory and of a namespace.</summary>
public static class FileIdentity
{
    /// <summary>The inode; null when there is no such file.</summary>
    public static ulong? Inode(string path) => FileStatus.TryOf(path)?.Inode;
}
