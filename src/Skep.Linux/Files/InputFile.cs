using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Files;

/// <summary>
/// Files that a user, a rule file or a directory names. What a file is, is asked of the descriptor before anything is opened for reading,
/// so that no device sees it and no FIFO blocks. No more is read than the limit.
/// </summary>
public static class InputFile
{
    private static readonly string[] StandardInputPaths = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">What it may be.</param>
    /// <param name="remedy">What to do when there is no such file; null to say nothing of that.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="IOException">It is not what it may be, or cannot be read; the message names it and the reason.</exception>
    public static InputStream Open(string path, InputLimit limit, string? remedy = null)
    {
        ArgumentNullException.ThrowIfNull(limit);
        if (limit.MayBePipe && StandardInputPaths.Contains(path)) return OpenStandardInput(limit);

        // Opening a device may change what it does; a descriptor of its path does not open it (open(2), O_PATH).
        int fd = Libc.open(path, Libc.O_PATH | Libc.O_CLOEXEC);
        if (fd < 0) throw Explain(path, Marshal.GetLastPInvokeError(), remedy);
        using FileHandle found = FileHandle.Own(fd, path);
        FileStatus status = FileStatus.Of(found);
        if (FaultOf(found, status, limit) is { } fault) throw Refused(path, fault);
        if (status.IsRegular && status.Size > (ulong)limit.MostBytes) throw TooLong(path, limit);
        int opened = Libc.open($"/proc/self/fd/{fd}", Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_NOCTTY | Libc.O_CLOEXEC);
        if (opened < 0) throw Explain(path, Marshal.GetLastPInvokeError(), remedy);
        return new InputStream(FileHandle.Own(opened, path), path, limit, status);
    }

    /// <summary>Standard input, whatever it is, up to a limit.</summary>
    public static InputStream OpenStandardInput(InputLimit limit)
    {
        ArgumentNullException.ThrowIfNull(limit);
        var input = new StandardInputHandle();
        return new InputStream(input, "standard input", limit, FileStatus.Of(input));
    }

    /// <summary>Reads a file whole.</summary>
    /// <inheritdoc cref="Open"/>
    public static byte[] ReadBytes(string path, InputLimit limit, string? remedy = null)
    {
        using InputStream stream = Open(path, limit, remedy);
        return ReadBytes(stream);
    }

    /// <summary>Reads what is left of a file.</summary>
    /// <exception cref="IOException">It cannot be read, or is too long.</exception>
    public static byte[] ReadBytes(InputStream stream)
    {
        ReadOnlySpan<byte> content = ReadAll(stream, out byte[] buffer);
        return content.Length == buffer.Length ? buffer : content.ToArray();
    }

    /// <summary>Reads what is left of a file as text: UTF-8, or as its byte-order mark says.</summary>
    /// <exception cref="IOException">It cannot be read, or is too long.</exception>
    public static string ReadText(InputStream stream)
    {
        return Decode(ReadAll(stream, out _));
    }

    /// <summary>The text of bytes: UTF-8, or as their byte-order mark says.</summary>
    public static string Decode(ReadOnlySpan<byte> content)
    {
        // Marks of UTF-16 and UTF-32 begin with one of these bytes, and UTF-8 does not.
        if (content is [0xfe or 0xff or 0, ..])
        {
            using var reader = new StreamReader(
                new MemoryStream(content.ToArray()), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
            return reader.ReadToEnd();
        }

        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        return Encoding.UTF8.GetString(content.StartsWith(mark) ? content[mark.Length..] : content);
    }

    private static ReadOnlySpan<byte> ReadAll(InputStream stream, out byte[] content)
    {
        ArgumentNullException.ThrowIfNull(stream);
        content = new byte[Math.Max(stream.LengthHint + 1, 4096)];
        int length = 0;
        while (true)
        {
            int got = stream.Read(content.AsSpan(length));
            if (got == 0) break;
            length += got;
            if (length == content.Length) Array.Resize(ref content, (int)Math.Min((long)length * 2, Array.MaxLength));
        }

        return content.AsSpan(0, length);
    }

    internal static IOException TooLong(string name, InputLimit limit) =>
        Refused(name, $"it is longer than {limit.Text}, the most that {limit.Kind} may have");

    internal static IOException Refused(string name, string reason) => new($"reading {name}: {reason}");

    private static string? FaultOf(FileHandle file, FileStatus status, InputLimit limit) => status switch
    {
        { IsRegular: true } => null,
        { IsDirectory: true } => "it is a directory",
        { IsPipe: true } when limit.MayBePipe && FileStatus.IsNameless(file) => null,
        { IsPipe: true } => $"it is a FIFO{Wanted(limit)}",
        { IsSocket: true } => $"it is a socket{Wanted(limit)}",
        _ => $"it is a device{Wanted(limit)}",
    };

    private static string Wanted(InputLimit limit) =>
        $", and {limit.Kind} is a regular file{(limit.MayBePipe ? " or a pipe on standard input" : "")}";

    private static IOException Explain(string path, int error, string? remedy) => error switch
    {
        Errno.ENOENT or Errno.ENOTDIR => Refused(path, $"there is no such file{(remedy is null ? "" : $" ({remedy})")}"),
        Errno.EACCES or Errno.EPERM => Refused(path, "it may not be read (give a file that this user may read)"),
        _ => PrivateFile.Failure($"reading {path}", error),
    };

    /// <summary>Descriptor 0, which stays open.</summary>
    private sealed class StandardInputHandle : SafeHandle
    {
        internal StandardInputHandle()
            : base(invalidHandleValue: -1, ownsHandle: false) => SetHandle(0);

        public override bool IsInvalid => false;

        protected override bool ReleaseHandle() => true;
    }
}
