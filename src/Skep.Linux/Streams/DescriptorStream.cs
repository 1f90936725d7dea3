using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Streams;

/// <summary>
/// Writes to a descriptor, as <c>write(2)</c> does. The console's own stream takes a write to a pipe without a reader for
/// done; this one says so, and it leaves the file position where others who share the descriptor expect it. It waits for its reader until
/// <see cref="OutputDeadline"/> is over.
/// </summary>
public sealed unsafe partial class DescriptorStream : Stream
{
    private const ushort TypeMask = 0xf000, Socket = 0xc000, Pipe = 0x1000, Device = 0x2000;
    private const int MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;

    // As many bytes of a pipe are free when it polls as writable (PIPE_BUF); of a terminal, fewer.
    private const int PipePart = 4096, TerminalPart = 256;

    // A terminal can poll as writable and take nothing.
    private const int PauseMilliseconds = 10;

    private readonly int _fd;
    private readonly string _name;
    private readonly SafeHandle? _owned;
    private readonly bool _isSocket;

    // An open file of its own, which does not block: O_NONBLOCK is a property of the open file, which others share.
    private readonly FileHandle? _own;
    private readonly int _part = int.MaxValue;

    private DescriptorStream(int fd, string name)
    {
        (_fd, _name) = (fd, name);
        int type = FileStatus.TryOf(fd) is { } status ? status.Mode & TypeMask : 0;
        _isSocket = type == Socket;
        bool isTerminal = type == Device && Terminal.IsTerminal(fd);
        if (type != Pipe && !isTerminal) return;
        int own = Libc.open($"/proc/self/fd/{fd}", Libc.O_WRONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC | Libc.O_NOCTTY);
        if (own >= 0) _own = FileHandle.Own(own, "open a stream of its own");
        else _part = isTerminal ? TerminalPart : PipePart;
    }

    /// <summary>A stream over an open file, which is closed with it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its name in errors.</param>
    internal DescriptorStream(SafeHandle file, string name)
        : this((int)file.DangerousGetHandle(), name) => _owned = file;

    /// <summary>A stream over standard output, which stays open when the stream is disposed.</summary>
    public static DescriptorStream StandardOutput() => new(1, "standard output");

    /// <summary>A stream over standard error, which stays open when the stream is disposed.</summary>
    public static DescriptorStream StandardError() => new(2, "standard error");

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">
    /// It cannot be written: "Broken pipe" when nobody reads any more; <see cref="OutputDeadline.NotRead"/> when the process is to end and
    /// nobody reads.
    /// </exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        bool waited = false;
        while (!buffer.IsEmpty)
        {
            if (_part != int.MaxValue && !OutputDeadline.Wait(_fd)) throw NotRead();
            nint written = WriteSome(buffer[..Math.Min(buffer.Length, _part)]);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                waited = false;
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == Errno.EINTR) continue;
            if (error != Errno.EAGAIN) throw new IOException($"writing {_name}: {Marshal.GetPInvokeErrorMessage(error)}", error);
            if (waited) Thread.Sleep(PauseMilliseconds);
            if (!OutputDeadline.Wait(_fd)) throw NotRead();
            waited = true;
        }

        GC.KeepAlive(_owned);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _own?.Dispose();
            _owned?.Dispose();
        }

        base.Dispose(disposing);
    }

    private nint WriteSome(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            if (_isSocket) return send(_fd, bytes, (nuint)buffer.Length, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (_own is null) return Libc.write(_fd, bytes, (nuint)buffer.Length);
            using var own = new FdUse(_own);
            return Libc.write(own.Number, bytes, (nuint)buffer.Length);
        }
    }

    private IOException NotRead() => new($"writing {_name}: nobody read it before the end", OutputDeadline.NotRead);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int fd, byte* buf, nuint length, int flags);
}
