using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Events;
using Skep.Linux.Handles;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>What a <see cref="PerfBufferTap"/> has met.</summary>
/// <param name="Records">Records that its handler was given.</param>
/// <param name="Bytes">Bytes of these, headers included.</param>
/// <param name="Lost">Records for which the ring had no room: its owner has not got them either (<c>PERF_RECORD_LOST</c>).</param>
/// <param name="OverwrittenBytes">
/// Bytes, headers included, of which it cannot be said that they were still there when they were read.
/// </param>
/// <param name="OverwrittenRecords">
/// How many records these were; null when that cannot be known, because records of several sizes pass.
/// </param>
public readonly record struct PerfTapCounts(ulong Records, ulong Bytes, ulong Lost, ulong OverwrittenBytes, ulong? OverwrittenRecords);

/// <summary>
/// Follows the ring of a perf event that another process reads, by a read-only mapping of its own descriptor (pidfd_getfd(2)). The event is
/// never polled: that would take the wake-up from its owner (perf_poll in kernel/events/core.c). Not for use by several threads at once.
/// </summary>
public sealed unsafe partial class PerfBufferTap : IDisposable
{
    private const int HeaderSize = 8, SizeOffset = 6;
    private const uint RecordLost = 2, RecordSample = 9;

    // Records of one CPU may interrupt each other so often (the nesting of bpf_perf_event_output, and one more).
    private const int Nesting = 4;

    private readonly FileHandle _file;
    private readonly byte* _page;
    private readonly nuint _length;
    private readonly ulong _size;
    private readonly int _rawOffset;
    private readonly byte[] _staging;
    private ulong _position, _delivered, _bytes, _lost, _largest, _overwrittenBytes, _uncountedBytes;
    private uint _uniform;
    private bool _mixed, _disposed;

    /// <summary>Opens a passive view of a ring, from its owner's position on.</summary>
    /// <param name="pid">A process that holds the event.</param>
    /// <param name="fd">Its descriptor of the event.</param>
    /// <param name="pages">Pages of the ring, without the first.</param>
    /// <param name="rawOffset">Bytes of a sample before its raw part: 0 when it has no other (<c>PERF_SAMPLE_RAW</c> alone).</param>
    /// <exception cref="BpfException">The kernel refused the descriptor or the mapping.</exception>
    public PerfBufferTap(int pid, int fd, int pages, int rawOffset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(int.PopCount(pages), 1);
        string what = $"follow perf event {fd} of process {pid}";
        using (FileHandle process = FileHandle.Own((int)Libc.syscall(Processor.PidfdOpen, pid, 0, 0, 0, 0), what))
        using (var use = new FdUse(process))
        {
            _file = FileHandle.Own((int)Libc.syscall(Processor.PidfdGetfd, use.Number, fd, 0, 0, 0), what);
        }

        _rawOffset = rawOffset;
        _size = (ulong)pages * (ulong)Environment.SystemPageSize;
        _length = (nuint)_size + (nuint)Environment.SystemPageSize;
        _staging = new byte[_size];
        using var event_ = new FdUse(_file);
        nint address = Libc.mmap(0, _length, Libc.PROT_READ, Libc.MAP_SHARED, event_.Number, 0);
        if (address == Libc.MapFailed)
        {
            var error = new Errno(Marshal.GetLastPInvokeError());
            _file.Dispose();
            throw new BpfException(what, error);
        }

        _page = (byte*)address;
        _position = Tail;
    }

    /// <summary>What has been met so far.</summary>
    public PerfTapCounts Counts => new(_delivered, _bytes, _lost, _overwrittenBytes,
        _uncountedBytes == 0 ? 0 : _uniform != 0 && !_mixed && _uncountedBytes % _uniform == 0 ? _uncountedBytes / _uniform : null);

    private ulong Head => Volatile.Read(ref Unsafe.AsRef<ulong>(_page + PerfRing.HeadOffset));

    private ulong Margin => Math.Max(_size / 2, Math.Min(_size, Nesting * _largest));

    private ulong Tail => Volatile.Read(ref Unsafe.AsRef<ulong>(_page + PerfRing.TailOffset));

    /// <summary>Gives all records that are there to a handler, oldest first. The bytes are a copy, valid during the call.</summary>
    /// <returns>How many there were.</returns>
    public int Read(RingBufferHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ulong head = Head;
        if (head == _position) return 0;
        if (head - _position > _size)
        {
            Skip();
            return 0;
        }

        int length = (int)(head - _position);
        Copy(length);

        // What the owner has not consumed cannot have been written over. Of the rest, the head tells how far the kernel has come, but for
        // records that are being written now: half a ring is kept from these.
        Interlocked.MemoryBarrier();
        if (Tail > _position && Head + Margin > _position + _size)
        {
            Skip();
            return 0;
        }

        return Deliver(length, handler);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _ = Libc.munmap((nint)_page, _length);
        _file.Dispose();
    }

    private void Copy(int length)
    {
        byte* records = _page + Environment.SystemPageSize;
        int start = (int)(_position & (_size - 1)), first = Math.Min(length, (int)_size - start);
        new ReadOnlySpan<byte>(records + start, first).CopyTo(_staging);
        new ReadOnlySpan<byte>(records, length - first).CopyTo(_staging.AsSpan(first));
    }

    private void Skip()
    {
        // Only the owner's position is surely the beginning of a record.
        ulong tail = Tail;
        if (tail <= _position) return;
        _overwrittenBytes += tail - _position;
        _uncountedBytes += tail - _position;
        _position = tail;
    }

    private int Deliver(int length, RingBufferHandler handler)
    {
        int delivered = 0;
        for (int at = 0; at + HeaderSize <= length;)
        {
            ReadOnlySpan<byte> record = _staging.AsSpan(at, length - at);
            uint size = MemoryMarshal.Read<ushort>(record[SizeOffset..]);
            if (size < HeaderSize || size > record.Length) throw new InvalidDataException($"a perf ring holds a record of {size} bytes");
            record = record[..(int)size];
            at += (int)size;
            switch (MemoryMarshal.Read<uint>(record))
            {
                case RecordSample:
                    if (_uniform == 0) _uniform = size;
                    else if (_uniform != size) _mixed = true;
                    _delivered++;
                    _bytes += size;
                    _largest = Math.Max(_largest, size);
                    delivered++;
                    handler(Raw(record[HeaderSize..]));
                    break;
                case RecordLost when size >= HeaderSize + (2 * sizeof(ulong)):
                    _mixed = true;
                    _lost += MemoryMarshal.Read<ulong>(record[(HeaderSize + sizeof(ulong))..]);
                    break;
                default:
                    _mixed = true;
                    break;
            }
        }

        _position += (ulong)length;
        return delivered;
    }

    // After its length the raw part is as the program wrote it, filled up to a multiple of 8 with that.
    private ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> sample)
    {
        if (sample.Length < _rawOffset + sizeof(uint)) return sample;
        sample = sample[_rawOffset..];
        uint length = MemoryMarshal.Read<uint>(sample);
        return sample.Slice(sizeof(uint), (int)Math.Min(length, (uint)(sample.Length - sizeof(uint))));
    }
}
