using System.Runtime.InteropServices;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;
using Skep.Linux.Streams;

namespace Skep.Linux.Files;

/// <summary>
/// A directory that a user names for files of output, which may be another user's. It stays the one that was opened, whatever has its name
/// later.
/// </summary>
public sealed partial class OutputDirectory : IDisposable
{
    private const uint WritableByOthers = 0x12; // 0022

    private readonly string _path;
    private readonly OutputWalk _walk;
    private readonly bool _isOurs;

    private OutputDirectory(string path, OutputWalk walk)
    {
        (_path, _walk) = (path, walk);
        FileStatus status = FileStatus.Of(walk.Parent);
        _isOurs = status.IsOurs && (status.Permissions & WritableByOthers) == 0;
    }

    /// <summary>Opens a directory. Those of its path that are missing are made for their owner alone, whatever the umask.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="IOException">It cannot be opened or made, or only by a symbolic link of another user.</exception>
    public static OutputDirectory Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(path, OutputWalk.ToDirectory(path));
    }

    /// <summary>
    /// Whether a file is there that this user, or root, wrote. In a directory that others can change, none is known to be.
    /// </summary>
    /// <param name="name">Its name in the directory.</param>
    public bool Holds(string name)
    {
        if (!_isOurs) return false;
        using var use = new FdUse(_walk.Parent);
        int fd = Libc.openat(use.Number, name, Libc.O_PATH | Processor.This.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
        if (fd < 0) return false;
        using FileHandle file = FileHandle.Own(fd, name);
        return PrivateFile.FaultOf(FileStatus.Of(file)) is null;
    }

    /// <summary>Puts a file into the directory, in the place of one that has its name: whole or not at all.</summary>
    /// <param name="name">Its name in the directory.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(_path, name), partial = OutputReplacement.NewName();
        FileHandle file = OutputFile.Create(_walk.Parent, partial, out int error) ?? throw PrivateFile.Failure($"writing {path}", error);
        try
        {
            using (var stream = new DescriptorStream(file, path)) stream.Write(bytes);
            Rename(_walk.Parent, partial, name, path);
        }
        catch
        {
            Remove(_walk.Parent, partial);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _walk.Dispose();

    /// <summary>Gives a file the name of another, which it replaces.</summary>
    internal static void Rename(FileHandle directory, string from, string to, string path)
    {
        using var use = new FdUse(directory);
        if (renameat(use.Number, from, use.Number, to) < 0) throw PrivateFile.Failure($"writing {path}", Marshal.GetLastPInvokeError());
    }

    internal static void Remove(FileHandle directory, string name)
    {
        using var use = new FdUse(directory);
        _ = unlinkat(use.Number, name, 0);
    }

    // https://man7.org/linux/man-pages/man2/rename.2.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat(int olddirfd, string oldpath, int newdirfd, string newpath);

    // https://man7.org/linux/man-pages/man2/unlink.2.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int dirfd, string path, int flags);
}
