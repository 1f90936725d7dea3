using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Files;

/// <summary>A <see cref="PrivateFile"/> that grows at its end, and of which parts can be read.</summary>
public sealed unsafe partial class PrivateLines : IDisposable
{
    private readonly FileHandle _file;
    private readonly string _path;

    private PrivateLines(FileHandle file, string path, long length) => (_file, _path, Length) = (file, path, length);

    /// <summary>How long it was when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file to read parts of it.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="InvalidDataException">It is no regular file, or others may have written it.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static PrivateLines? Open(string path) =>
        PrivateFile.Open(path, out FileStatus status) is { } file ? Checked(file, status, path) : null;

    /// <summary>Appends bytes to a file, which is made when there is none: all of them or none.</summary>
    /// <exception cref="InvalidDataException">It is no regular file, or others may have written it.</exception>
    /// <exception cref="IOException">They cannot be written; the file is as it was.</exception>
    public static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        using PrivateLines lines = OpenEnd(path);
        using var use = new FdUse(lines._file);
        while (!bytes.IsEmpty)
        {
            nint written;
            fixed (byte* from = bytes) written = Libc.write(use.Number, from, (nuint)bytes.Length);
            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }
            int error = Marshal.GetLastPInvokeError();
            if (error == Errno.EINTR) continue;
            _ = ftruncate(use.Number, (nint)lines.Length);
            throw PrivateFile.Failure($"writing {path}", error);
        }
    }

    /// <summary>Cuts off what is behind a place.</summary>
    /// <exception cref="IOException">It cannot be cut.</exception>
    public static void Cut(string path, long length)
    {
        using PrivateLines lines = OpenEnd(path);
        using var use = new FdUse(lines._file);
        if (ftruncate(use.Number, (nint)length) != 0) throw PrivateFile.Failure($"writing {path}", Marshal.GetLastPInvokeError());
    }

    /// <summary>Reads bytes at a place.</summary>
    /// <exception cref="InvalidDataException">The file ends before they do.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public void Read(long offset, Span<byte> into)
    {
        using var use = new FdUse(_file);
        while (!into.IsEmpty)
        {
            nint read;
            fixed (byte* to = into) read = pread(use.Number, to, (nuint)into.Length, (nint)offset);
            if (read == 0) throw new InvalidDataException($"reading {_path}: it ends too early");
            if (read < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error != Errno.EINTR) throw PrivateFile.Failure($"reading {_path}", error);
                continue;
            }
            into = into[(int)read..];
            offset += read;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static PrivateLines OpenEnd(string path)
    {
        while (true)
        {
            int fd = Libc.open(path, Libc.O_WRONLY | Libc.O_APPEND | Processor.This.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
            if (fd >= 0)
            {
                FileHandle file = FileHandle.Own(fd, path);
                FileStatus status = FileStatus.Of(file);
                if (!PrivateFile.IsGone(status)) return Checked(file, status, path);
                file.Dispose();
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Errno.ENOENT) throw PrivateFile.Failure($"writing {path}", error);
            PrivateFile.TryCreate(path, out error)?.Dispose();
            if (error is not 0 and not Errno.EEXIST) throw PrivateFile.Failure($"creating {path}", error);
        }
    }

    private static PrivateLines Checked(FileHandle file, FileStatus status, string path)
    {
        if (PrivateFile.FaultOf(status) is not { } fault) return new PrivateLines(file, path, (long)status.Size);
        file.Dispose();
        throw new InvalidDataException($"using {path}: {fault}");
    }

    // https://man7.org/linux/man-pages/man2/pread.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int fd, byte* buf, nuint count, nint offset);

    // https://man7.org/linux/man-pages/man2/ftruncate.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int fd, nint length);
}
