using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;
using Skep.Linux.Streams;

namespace Skep.Linux.Files;

/// <summary>
/// Files that nobody but their owner may read or write, whatever the umask, in a <see cref="PrivateDirectory"/>. What is read is believed
/// only where no other user can have written it; all is asked of the open file, not of its path.
/// </summary>
public static unsafe class PrivateFile
{
    internal const uint Mode = 0x180; // 0600

    /// <summary>Permissions of the group and of others.</summary>
    internal const uint OfOthers = 0x3f; // 0077

    private const int BufferBytes = 1 << 16;

    // 0022
    private const uint Writable = 0x12;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">How long it may be.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="InvalidDataException">It is longer, no regular file, or others may have written it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[]? Read(string path, int mostBytes) => Read(path, mostBytes, FaultOf);

    /// <summary>Reads a file that nobody else may read either.</summary>
    /// <inheritdoc cref="Read(string, int)"/>
    public static byte[]? ReadSecret(string path, int mostBytes) => Read(path, mostBytes, status =>
        FaultOf(status) ?? ((status.Permissions & OfOthers) != 0 ? $"others may read it (mode {status.PermissionText})" : null));

    private static byte[]? Read(string path, int mostBytes, Func<FileStatus, string?> faultOf)
    {
        if (Open(path, out FileStatus status) is not { } opened) return null;
        using FileHandle file = opened;
        string? fault = faultOf(status) ?? (status.Size > (ulong)mostBytes ? $"it is longer than {mostBytes} bytes" : null);
        if (fault is not null) throw new InvalidDataException($"reading {path}: {fault}");
        byte[] bytes = new byte[status.Size];
        int length = 0;
        using var use = new FdUse(file);
        while (length < bytes.Length)
        {
            nint read;
            fixed (byte* into = &bytes[length]) read = Libc.read(use.Number, into, (nuint)(bytes.Length - length));
            if (read == 0) break;
            if (read > 0) length += (int)read;
            else if (Marshal.GetLastPInvokeError() is not Errno.EINTR and var error) throw Failure($"reading {path}", error);
        }

        return length == bytes.Length ? bytes : bytes[..length];
    }

    /// <summary>How long a file is; null when there is none.</summary>
    public static long? Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : null;

    /// <summary>Takes the permissions of others from a file, or a socket.</summary>
    /// <exception cref="IOException">There is none, or it is another user's.</exception>
    public static void Restrict(string path) => File.SetUnixFileMode(path, (UnixFileMode)Mode);

    /// <summary>Removes a file; none is as good.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public static void Remove(string path) => File.Delete(path);

    /// <summary>Puts bytes in the place of a file, or makes it: all of them or none.</summary>
    /// <param name="path">The file. While it is written, it has <c>~</c> behind its name.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="IOException">They cannot be written; the file is as it was.</exception>
    public static void Replace(string path, byte[] bytes) => Replace(path, stream => stream.Write(bytes));

    /// <summary>Does the same with what is written piece by piece.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes all of it.</param>
    /// <exception cref="IOException">It cannot be written; the file is as it was.</exception>
    public static void Replace(string path, Action<Stream> write) => Replace(path, write, isDurable: false);

    /// <summary>Does the same with what must outlast a loss of power: the disk has it then, under its name.</summary>
    /// <exception cref="IOException">The disk may not have them.</exception>
    public static void ReplaceDurably(string path, byte[] bytes)
    {
        Replace(path, stream => stream.Write(bytes), isDurable: true);
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        int fd = Libc.open(directory, Libc.O_RDONLY | Processor.This.O_DIRECTORY | Libc.O_CLOEXEC);
        if (fd < 0) throw Failure($"opening {directory}", Marshal.GetLastPInvokeError());
        using FileHandle opened = FileHandle.Own(fd, directory);
        OutputReplacement.Sync(opened, directory);
    }

    private static void Replace(string path, Action<Stream> write, bool isDurable)
    {
        string partial = path + "~";
        File.Delete(partial);
        using FileHandle file = TryCreate(partial, out int error) ?? throw Failure($"creating {partial}", error);
        try
        {
            var stream = new BufferedStream(new DescriptorStream(file, partial), BufferBytes);
            write(stream);
            stream.Flush();
            if (isDurable) OutputReplacement.Sync(file, partial);
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Opens a file for reading, and never what a symbolic link leads to; a FIFO does not block.</summary>
    /// <returns>Null when there is none.</returns>
    internal static FileHandle? Open(string path, out FileStatus status)
    {
        while (true)
        {
            int fd = Libc.open(path, Libc.O_RDONLY | Processor.This.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
            if (fd < 0) break;
            FileHandle file = FileHandle.Own(fd, path);
            status = FileStatus.Of(file);
            if (!IsGone(status)) return file;
            file.Dispose();
        }

        status = default;
        return Marshal.GetLastPInvokeError() switch
        {
            Errno.ENOENT => null,
            Errno.ELOOP => throw new InvalidDataException($"reading {path}: it is a symbolic link"),
            var error => throw Failure($"reading {path}", error),
        };
    }

    /// <summary>Whether a file was removed or replaced after it was opened: then another one, or none, has its name.</summary>
    internal static bool IsGone(FileStatus status) => status.Links == 0;

    /// <summary>Makes a file that is not there.</summary>
    internal static FileHandle? TryCreate(string path, out int error)
    {
        int fd = Libc.open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Processor.This.O_NOFOLLOW | Libc.O_CLOEXEC, Mode);
        error = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (fd < 0) return null;

        // The umask may have taken the owner's own permissions.
        _ = Libc.fchmod(fd, Mode);
        return FileHandle.Own(fd, path);
    }

    /// <summary>Why a file is not to be believed; null when it is.</summary>
    internal static string? FaultOf(FileStatus status) => status switch
    {
        { IsRegular: false } => "it is no regular file",
        { IsOurs: false } => $"it belongs to {status.OwnerText}",
        { Links: not 1 } => $"it has {status.Links} links",
        _ when (status.Permissions & Writable) != 0 => $"others may have written it (mode {status.PermissionText})",
        _ => null,
    };

    internal static IOException Failure(string what, int error) => new($"{what}: {new Errno(error).Message}", error);
}
