using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Files;

/// <summary>Directories that nobody but their owner may enter, whatever the umask.</summary>
public static partial class PrivateDirectory
{
    private const uint Mode = 0x1c0; // 0700

    /// <summary>
    /// Makes a directory, and those above it down from a root, where there are none. Permissions of others on those that exist are taken
    /// away, and reported; what is not a directory of this user or of root is refused.
    /// </summary>
    /// <param name="root">The first directory to make; the one that it is in must exist.</param>
    /// <param name="path">The directory: the root, or one below it.</param>
    /// <param name="report">Takes what was corrected.</param>
    /// <exception cref="IOException">It cannot be made or opened.</exception>
    /// <exception cref="InvalidDataException">There is something else, or the directory of another user.</exception>
    public static void Ensure(string root, string path, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(report);
        for (int end = root.Length; ; end = path.IndexOf('/', end + 1) is > 0 and var next ? next : path.Length)
        {
            EnsureOne(path[..end], report);
            if (end == path.Length) return;
        }
    }

    /// <summary>Whether there is one.</summary>
    public static bool Exists(string path) => Directory.Exists(path);

    /// <summary>Bytes of the files in one; 0 where there is none.</summary>
    public static long BytesIn(string path) =>
        new DirectoryInfo(path) is { Exists: true } directory ? directory.EnumerateFiles().Sum(file => file.Length) : 0;

    /// <summary>The files in a directory whose names have an ending, hidden ones apart, in the order of their names.</summary>
    /// <param name="path">The directory; where there is none, there are none.</param>
    /// <param name="ending">The ending: <c>.toml</c>.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> FilesIn(string path, string ending)
    {
        try
        {
            return
            [
                .. Directory.EnumerateFiles(path, "*" + ending).Where(file => !Path.GetFileName(file).StartsWith('.'))
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"reading {path}: {e.Message}", e);
        }
    }

    /// <summary>The directories in a directory, hidden ones apart, in the order of their names.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> DirectoriesIn(string path) =>
    [
        .. Directory.EnumerateDirectories(path).Where(one => !Path.GetFileName(one).StartsWith('.')).Order(StringComparer.Ordinal),
    ];

    private static void EnsureOne(string path, Action<string> report)
    {
        if (mkdir(path, Mode) != 0 && Marshal.GetLastPInvokeError() is not Errno.EEXIST and var error && !Directory.Exists(path))
            throw PrivateFile.Failure($"creating {path}", error);
        int fd = Libc.open(path, Libc.O_RDONLY | Processor.This.O_DIRECTORY | Processor.This.O_NOFOLLOW | Libc.O_CLOEXEC);
        if (fd < 0)
        {
            error = Marshal.GetLastPInvokeError();
            throw error is Errno.ENOTDIR or Errno.ELOOP
                ? new InvalidDataException(
                    $"using {path}: it is {(new FileInfo(path).LinkTarget is null ? "not a directory" : "a symbolic link")} (remove it: "
                    + $"rm {path})")
                : PrivateFile.Failure($"opening {path}", error);
        }

        using FileHandle directory = FileHandle.Own(fd, path);
        FileStatus status = FileStatus.Of(directory);
        if (!status.IsOurs)
            throw new InvalidDataException(
                $"using {path}: it belongs to {status.OwnerText}, who can change what is in it (make it root's: chown 0:0 {path})");
        if (status.Permissions == Mode) return;
        string opened = $"{path} had mode {status.PermissionText}, which let other users in";
        if (Libc.fchmod(fd, Mode) == 0)
        {
            if ((status.Permissions & PrivateFile.OfOthers) != 0) report($"{opened}: corrected to 0700");
            return;
        }

        // What lies in it is checked file by file, so that a file system that is read-only stops no removal.
        error = Marshal.GetLastPInvokeError();
        if (error != Errno.EROFS) throw PrivateFile.Failure($"taking permissions of others from {path}", error);
        if ((status.Permissions & PrivateFile.OfOthers) != 0)
            report($"{opened}, and its file system is read-only (mount -o remount,rw its mount point)");
    }

    // https://man7.org/linux/man-pages/man2/mkdir.2.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdir(string path, uint mode);
}
