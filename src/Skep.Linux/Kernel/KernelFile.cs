using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Linux.Kernel;

/// <summary>
/// Reads the files of /proc, /sys and the kernel's other file systems. Each may be absent, denied, or vanish while it is read: none of
/// these throws, the caller decides what it means.
/// </summary>
public static unsafe partial class KernelFile
{
    private const int ReadOk = 4, WriteOk = 2, FileExists = 0;
    private const int Buffer = 1 << 16, PathMax = 4096;

    /// <summary>The whole content.</summary>
    public static KernelRead<byte[]> Bytes(string path)
    {
        var content = new ArrayBufferWriter<byte>();
        Errno error = Read(path, content.Write);
        return error.Number == 0 ? new(content.WrittenSpan.ToArray(), default) : new(null, error);
    }

    /// <summary>The whole content as text, without white space at its ends.</summary>
    public static KernelRead<string> Text(string path)
    {
        KernelRead<byte[]> read = Bytes(path);
        return new(read.Value is { } bytes ? Encoding.UTF8.GetString(bytes).Trim() : null, read.Error);
    }

    /// <summary>The number that is the whole content; null when it cannot be read, or is no number.</summary>
    public static long? Number(string path) =>
        long.TryParse(Text(path).Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null;

    /// <summary>Gives each line, without its end, as it is read.</summary>
    /// <returns>Why the reading ended before the file did; 0 when it did not. Lines before the error have been given.</returns>
    public static Errno ReadLines(string path, Action<string> line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var rest = new ArrayBufferWriter<byte>();
        Errno error = Read(path, chunk =>
        {
            for (int end; (end = chunk.IndexOf((byte)'\n')) >= 0; chunk = chunk[(end + 1)..])
            {
                if (rest.WrittenCount == 0)
                {
                    line(Encoding.UTF8.GetString(chunk[..end]));
                    continue;
                }

                rest.Write(chunk[..end]);
                line(Encoding.UTF8.GetString(rest.WrittenSpan));
                rest.ResetWrittenCount();
            }

            rest.Write(chunk);
        });
        if (rest.WrittenCount > 0) line(Encoding.UTF8.GetString(rest.WrittenSpan));
        return error;
    }

    /// <summary>All lines, without their ends; what was read before an error is not given.</summary>
    public static KernelRead<string[]> Lines(string path)
    {
        var lines = new List<string>();
        Errno error = ReadLines(path, lines.Add);
        return error.Number == 0 ? new([.. lines], default) : new(null, error);
    }

    /// <summary>Where a symbolic link points to.</summary>
    public static KernelRead<string> Link(string path)
    {
        byte* target = stackalloc byte[PathMax];
        nint length = readlink(path, target, PathMax);
        return length < 0 ? new(null, LastError()) : new(Encoding.UTF8.GetString(target, (int)length), default);
    }

    /// <summary>Whether there is such a file, or a directory.</summary>
    public static bool Exists(string path) => access(path, FileExists) == 0;

    /// <summary>Whether the process may read a file.</summary>
    public static bool IsReadable(string path) => access(path, ReadOk) == 0;

    /// <summary>Whether the process may write a file.</summary>
    public static bool IsWritable(string path) => access(path, WriteOk) == 0;

    internal static Errno LastError() => new(Marshal.GetLastPInvokeError());

    private static Errno Read(string path, ReadOnlySpanAction take)
    {
        int fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (fd < 0) return LastError();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Buffer);
        try
        {
            fixed (byte* bytes = buffer)
            {
                while (true)
                {
                    nint length = Libc.read(fd, bytes, Buffer);
                    if (length == 0) return default;
                    if (length > 0) take(buffer.AsSpan(0, (int)length));
                    else if (LastError() is { Number: not Errno.EINTR } error) return error;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _ = Libc.close(fd);
        }
    }

    private delegate void ReadOnlySpanAction(ReadOnlySpan<byte> chunk);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlink(string path, byte* buf, nuint size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);
}
