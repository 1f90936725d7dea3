using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Files;

/// <summary>The bytes of a file that somebody named, no more than its limit.</summary>
public sealed unsafe partial class InputStream : Stream
{
    private const short PollIn = 1;

    // 0044
    private const int ReadableToOthers = 0x24;

    private readonly SafeHandle _file;
    private readonly string _name;
    private readonly InputLimit _limit;
    private readonly FileStatus _status;
    private long _read;

    internal InputStream(SafeHandle file, string name, InputLimit limit, FileStatus status)
    {
        _file = file;
        _name = name;
        _limit = limit;
        _status = status;
    }

    /// <summary>How long it is said to be, as far as it may be read; 0 where that is not known.</summary>
    internal int LengthHint => _status.IsRegular ? (int)Math.Min((long)_status.Size, Math.Min(_limit.MostBytes, Array.MaxLength)) : 0;

    /// <summary>Whether it is a regular file that others than its owner may read.</summary>
    public bool OthersMayRead => _status.IsRegular && (_status.Permissions & ReadableToOthers) != 0;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">It cannot be read, or has more bytes than its limit.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;

        // One byte more than the limit shows that there is more.
        int wanted = (int)Math.Min(buffer.Length, _limit.MostBytes - _read + 1);
        while (true)
        {
            nint got = ReadOnce(buffer[..wanted], out int error);
            if (got > 0)
            {
                _read += got;
                return _read <= _limit.MostBytes ? (int)got : throw InputFile.TooLong(_name, _limit);
            }

            if (got == 0) return 0;
            if (error == Errno.EAGAIN) Poll();
            else if (error != Errno.EINTR) throw PrivateFile.Failure($"reading {_name}", error);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }

    private nint ReadOnce(Span<byte> buffer, out int error)
    {
        using var use = new FdUse(_file);
        nint got;
        fixed (byte* into = buffer) got = Libc.read(use.Number, into, (nuint)buffer.Length);
        error = got < 0 ? Marshal.GetLastPInvokeError() : 0;
        return got;
    }

    /// <summary>Waits until there is something to read, or no writer any more.</summary>
    private void Poll()
    {
        using var use = new FdUse(_file);
        var wanted = new PollFd { fd = use.Number, events = PollIn };
        _ = poll(&wanted, 1, -1);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollFd* fds, nuint nfds, int timeout);

    /// <summary>struct pollfd (include/uapi/asm-generic/poll.h).</summary>
    private struct PollFd
    {
        public int fd;
        public short events;
        public short revents;
    }
}
