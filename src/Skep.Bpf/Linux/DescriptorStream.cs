using System.Runtime.InteropServices;
using Skep.Bpf.Interop;

namespace Skep.Bpf;

/// <summary>
/// Writes to a descriptor, as <c>write(2)</c> does. The console's own stream takes a write to a pipe without a reader for
/// done; this one says so, and it leaves the file position where others who share the descriptor expect it.
/// </summary>
public sealed unsafe class DescriptorStream : Stream
{
    private readonly int _fd;
    private readonly SafeHandle? _owned;
    private readonly string? _name;

    private DescriptorStream(int fd) => _fd = fd;

    /// <summary>A stream over an open file, which is closed with it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its name in errors.</param>
    internal DescriptorStream(SafeHandle file, string name)
        : this((int)file.DangerousGetHandle()) => (_owned, _name) = (file, name);

    /// <summary>A stream over standard output, which stays open when the stream is disposed.</summary>
    public static DescriptorStream StandardOutput() => new(1);

    /// <summary>A stream over standard error, which stays open when the stream is disposed.</summary>
    public static DescriptorStream StandardError() => new(2);

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
    /// <exception cref="IOException">It cannot be written: "Broken pipe" when nobody reads any more.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written;
            fixed (byte* bytes = buffer) written = Libc.write(_fd, bytes, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Errno.EINTR) throw new IOException((_name is null ? "" : $"writing {_name}: ") + Marshal.GetPInvokeErrorMessage(error), error);
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
        if (disposing) _owned?.Dispose();
        base.Dispose(disposing);
    }
}
