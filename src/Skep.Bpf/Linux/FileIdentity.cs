using System.Runtime.InteropServices;

namespace Skep.Bpf;

/// <summary>The inode of a file, which is the id of a cgroup's directory and of a namespace.</summary>
public static partial class FileIdentity
{
    private const int CurrentDirectory = -100;
    private const uint WantInode = 0x100;

    // struct statx (include/uapi/linux/stat.h): 256 bytes, stx_ino at 32.
    private const int Size = 256, InodeOffset = 32;

    /// <summary>The inode; null when there is no such file.</summary>
    public static unsafe ulong? Inode(string path)
    {
        byte* buffer = stackalloc byte[Size];
        return statx(CurrentDirectory, path, 0, WantInode, buffer) < 0 ? null : *(ulong*)(buffer + InodeOffset);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int dirfd, string path, int flags, uint mask, byte* buffer);
}
