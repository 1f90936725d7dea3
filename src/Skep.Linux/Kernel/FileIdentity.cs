using Skep.Linux.Errors;

namespace Skep.Linux.Kernel;

/// <summary>The inode of a file, which is the id of a cgroup's directory and of a namespace.</summary>
public static class FileIdentity
{
    /// <summary>The inode; null when there is no such file, or it may not be looked at.</summary>
    public static ulong? Inode(string path) => Inode(path, out _);

    /// <summary>The inode; null when there is no such file, or it may not be looked at.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">Why it is null; 0 when it is not.</param>
    public static ulong? Inode(string path, out Errno error)
    {
        ulong? inode = FileStatus.TryOf(path)?.Inode;
        error = inode is null ? KernelFile.LastError() : default;
        return inode;
    }
}
