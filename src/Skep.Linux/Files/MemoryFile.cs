using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;

namespace Skep.Linux.Files;

/// <summary>
/// A file that is in memory only (memfd_create(2)), for other processes to read and write: it has no name, and is gone when no process
/// has it open any more, however this one ends.
/// </summary>
public sealed unsafe partial class MemoryFile : IDisposable
{
    private readonly FileHandle _file;
    private readonly string _what;

    /// <summary>Makes an empty one.</summary>
    /// <param name="name">What it is, as /proc shows it.</param>
    public MemoryFile(string name)
    {
        const uint closeOnExec = 1;
        _what = name;
        _file = FileHandle.Own(memfd_create(name, closeOnExec), $"make a file in memory, {name}");
    }

    /// <summary>Its path, for a process that is started with <see cref="Handle"/>.</summary>
    public string InheritedPath
    {
        get
        {
            using var use = new FdUse(_file);
            return string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{use.Number}");
        }
    }

    /// <summary>Its descriptor.</summary>
    public SafeHandle Handle => _file;

    /// <summary>Writes at its end.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        using var use = new FdUse(_file);
        while (!bytes.IsEmpty)
        {
            nint written;
            fixed (byte* from = bytes) written = Libc.write(use.Number, from, (nuint)bytes.Length);
            if (written > 0) bytes = bytes[(int)written..];
            else if (Marshal.GetLastPInvokeError() is var error and not Errno.EINTR)
                throw new KernelException($"write {_what}", new Errno(error));
        }
    }

    /// <summary>What is in it from a place on, at the time of the call.</summary>
    public byte[] ReadFrom(long offset)
    {
        using var use = new FdUse(_file);
        byte[] content = new byte[Math.Max(0, (long)FileStatusOf(use.Number) - offset)];
        int length = 0;
        while (length < content.Length)
        {
            nint got;
            fixed (byte* into = &content[length])
                got = pread(use.Number, into, (nuint)(content.Length - length), (nint)(offset + length));
            if (got > 0) length += (int)got;
            else if (got == 0 || Marshal.GetLastPInvokeError() != Errno.EINTR) break;
        }

        return length == content.Length ? content : content[..length];
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ulong FileStatusOf(int fd) => Kernel.FileStatus.TryOf(fd)?.Size ?? 0;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int fd, byte* buf, nuint count, nint offset);
}
