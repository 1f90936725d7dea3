using Skep.Linux.Kernel;

namespace Skep.Guard.Kernel;

/// <summary>This program's own executable, as the kernel side knows it.</summary>
/// <param name="Device">Its file system.</param>
/// <param name="Inode">Its inode.</param>
internal readonly record struct SkepIdentity(uint Device, ulong Inode)
{
    public static SkepIdentity Read()
    {
        string path = KernelFile.Link("/proc/self/exe").Value ?? "";
        return FileIdentity.Inode(path) is { } inode && MountedFileSystem.Of(MountedFileSystem.OfFirstProcess(), path) is { } mount
            ? new(mount.Device, inode)
            : default;
    }
}
