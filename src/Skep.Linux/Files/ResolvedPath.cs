using System.Globalization;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Files;

/// <summary>Paths without symbolic links.</summary>
public static class ResolvedPath
{
    /// <summary>What a path leads to; null when there is nothing. Nothing is opened for reading.</summary>
    public static string? Of(string path)
    {
        int fd = Libc.open(path, Libc.O_PATH | Libc.O_CLOEXEC);
        if (fd < 0) return null;
        using FileHandle found = FileHandle.Own(fd, path);
        return KernelFile.Link(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}")).Value;
    }
}
