using System.Diagnostics;
using System.Runtime.InteropServices;
using Skep.Linux.Events;

namespace Skep.Bpf;

/// <summary>What a <see cref="RingBufferTap"/> has met.</summary>
/// <param name="Records">Records that its handler was given.</param>
/// <param name="Bytes">Bytes of these and of those discarded, headers included.</param>
/// <param name="Discarded">Records that the program took back: no consumer sees them.</param>
/// <param name="OverwrittenBytes">Bytes of records, headers included, that the kernel overwrote before they could be read.</param>
/// <param name="OverwrittenRecords">
/// How many records these were; null when that cannot be known, because records of several sizes pass.
/// </param>
public readonly record struct RingTapCounts(ulong Records, ulong Bytes, ulong Discarded, ulong OverwrittenBytes, ulong? OverwrittenRecords);

/// <summary>
/// Follows a BPF ring buffer that another process consumes, by read-only mappings: the consumer's position is read and never written, so
/// its owner loses nothing and notices nothing. Space that the owner has consumed may be overwritten at any time: what is read counts only
/// after the positions have been looked at again. Not for use by several threads at once, except <see cref="Wake"/>.
/// </summary>
public sealed unsafe partial class RingBufferTap : IDisposable
{
    private const uint BusyBit = 1u << 31, DiscardBit = 1u << 30;
    private const int HeaderSize = 8;
    private const int StagingBytes = 1 << 20;

    // BPF_F_RB_OVERWRITE (Linux 6.19): the program never waits for a consumer.
    private const uint OverwriteFlag = 1u << 19;

    // The kernel wakes readers only when the owner has caught up, and not at all if the program says so: look by the clock as well.
    private static readonly TimeSpan ActivePause = TimeSpan.FromMilliseconds(1), IdlePause = TimeSpan.FromMilliseconds(20);
    private const int IdleAfter = 100;

    // Of a ring of which a sixteenth fills within a millisecond.
    private const ulong BusyShare = 16;
    private const int BusyPauseNs = 50_000;

    private readonly BpfMap _map;
    private readonly EventPoll _poll;
    private readonly ulong _size;
    private readonly RingMapping _consumerPage, _producerPage, _records;
    private readonly List<int> _starts = [];
    private byte[] _staging = new byte[StagingBytes];
    private ulong _position, _delivered, _bytes, _discarded, _overwrittenBytes, _overwrittenRecords, _uncountedBytes;
    private uint _uniform;
    private bool _mixed, _disposed;
    private int _quiet;
    private long _readAt;
    private bool _busy;

    /// <summary>Opens a passive view of a ring, from its owner's position on.</summary>
    /// <param name="map">A map of type <see cref="BpfMapType.Ringbuf"/>. The tap keeps its own handle of it.</param>
    /// <exception cref="ArgumentException">It is not a ring buffer.</exception>
    /// <exception cref="NotSupportedException">Its program overwrites records that nobody has consumed.</exception>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    public RingBufferTap(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        BpfMapInfo info = map.Info;
        if (info.Type != BpfMapType.Ringbuf) throw new ArgumentException($"map {info.Id} is of type {info.Type.Name()}, not ringbuf");
        if ((info.Flags & OverwriteFlag) != 0)
            throw new NotSupportedException(
                $"follow ring buffer {info.Id}: it is one that overwrites unread records (BPF_F_RB_OVERWRITE), which has no owner to "
                + $"follow");
        _size = info.MaxEntries;
        ulong page = (ulong)Environment.SystemPageSize;
        _poll = new EventPoll();
        try
        {
            _map = map.Duplicate();
            _consumerPage = RingMapping.Map(_map, 0, page, writable: false);
            _producerPage = RingMapping.Map(_map, (long)page, page, writable: false);
            _records = RingMapping.Map(_map, 2 * (long)page, 2 * _size, writable: false);
            _poll.Add(_map, 0, edge: true);
        }
        catch
        {
            Dispose();
            throw;
        }

        _position = Consumed;
    }

    /// <summary>Bytes that the ring holds, record headers included.</summary>
    public ulong Size => _size;

    /// <summary>What has been met so far.</summary>
    public RingTapCounts Counts => new(_delivered, _bytes, _discarded, _overwrittenBytes, OverwrittenRecords);

    // Of what was overwritten between two looks only the bytes are known; when all records that pass are of one size, they tell how many.
    private ulong? OverwrittenRecords => _uncountedBytes == 0 ? _overwrittenRecords
        : _uniform != 0 && !_mixed && _uncountedBytes % _uniform == 0 ? _overwrittenRecords + (_uncountedBytes / _uniform) : null;

    /// <summary>Bytes that wait for the owner, which are those that no program can overwrite.</summary>
    public ulong OwnerPending => Produced - Consumed;

    private ulong Consumed => Volatile.Read(ref _consumerPage.Position);

    private ulong Produced => Volatile.Read(ref _producerPage.Position);

    /// <summary>Waits until there may be records, time is up, or <see cref="Wake"/> is called. It may come back early.</summary>
    public void Wait(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_busy)
        {
            // Milliseconds are the shortest that epoll and Thread.Sleep have.
            var pauseShort = new Timespec { Nanoseconds = BusyPauseNs };
            _ = nanosleep(&pauseShort, null);
            return;
        }

        TimeSpan pause = _quiet < IdleAfter ? ActivePause : IdlePause;
        Span<ulong> ready = stackalloc ulong[1];
        _poll.Wait(timeout < pause ? timeout : pause, ready);
    }

    /// <summary>Ends the current <see cref="Wait"/>, or the next one, from any thread.</summary>
    public void Wake() => _poll.Wake();

    /// <summary>
    /// Gives all records that are there to a handler, oldest first; what comes meanwhile may be left to the next call. The bytes are a
    /// copy, valid during the call.
    /// </summary>
    /// <returns>How many there were.</returns>
    public int Read(RingBufferHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ObjectDisposedException.ThrowIf(_disposed, this);
        int records = 0;
        ulong begin = _position, end = Produced;
        while (_position < end)
        {
            int length = FindRecords();

            // The records were found before the positions are read: where they begin is known if the first is still there.
            if (IsLost(FirstIntact())) continue;
            if (length == 0) break;
            if (_staging.Length < length) _staging = new byte[length];
            new ReadOnlySpan<byte>((byte*)_records.Address + (_position & (_size - 1)), length).CopyTo(_staging);
            records += Deliver(length, FirstIntact(), handler);
        }

        _quiet = _position > begin ? 0 : _quiet + 1;
        long now = Stopwatch.GetTimestamp();
        double perMillisecond = (_position - begin) / Stopwatch.GetElapsedTime(_readAt, now).TotalMilliseconds;
        _busy = perMillisecond > _size / BusyShare;
        _readAt = now;
        return records;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _records.Unmap();
        _producerPage.Unmap();
        _consumerPage.Unmap();
        _poll.Dispose();
        _map?.Dispose();
    }

    /// <summary>Finds where the next committed records begin: about a staging buffer of them, one at least.</summary>
    /// <returns>Bytes of them all; 0 when the next is still being written.</returns>
    private int FindRecords()
    {
        _starts.Clear();
        ulong available = Math.Min(Produced - _position, _size);
        byte* first = (byte*)_records.Address + (_position & (_size - 1));
        ulong length = 0;
        while (length + HeaderSize <= available && length < StagingBytes)
        {
            uint header = Volatile.Read(ref *(uint*)(first + length));
            if ((header & BusyBit) != 0) break;
            ulong total = TotalOf(header);
            if (length + total > available) break;
            _starts.Add((int)length);
            length += total;
        }

        return (int)length;
    }

    /// <summary>
    /// The first position whose bytes cannot have been touched by now. The kernel writes over what the owner has consumed only; it
    /// publishes the producer's position after the header of a new record and before its bytes (__bpf_ringbuf_reserve).
    /// </summary>
    private ulong FirstIntact()
    {
        Interlocked.MemoryBarrier();
        ulong consumed = Consumed, reached = Produced + HeaderSize;
        return Math.Min(consumed, reached > _size ? reached - _size : 0);
    }

    private bool IsLost(ulong intact)
    {
        if (_position >= intact) return false;

        // Of the positions after this one, only the owner's is surely the beginning of a record.
        ulong lost = Consumed - _position;
        _overwrittenBytes += lost;
        _uncountedBytes += lost;
        _position += lost;
        return true;
    }

    // What was overwritten while it was copied is known by its headers, which were whole before.
    private int Deliver(int length, ulong intact, RingBufferHandler handler)
    {
        ulong begin = _position;
        int delivered = 0;
        foreach (int start in _starts)
        {
            uint header = MemoryMarshal.Read<uint>(_staging.AsSpan(start));
            if (begin + (ulong)start < intact)
            {
                int next = NextStart(start, length);
                _overwrittenBytes += (ulong)(next - start);
                _overwrittenRecords++;
                _position = begin + (ulong)next;
                continue;
            }

            uint total = TotalOf(header);
            _position = begin + (ulong)start + total;
            _bytes += total;
            if (_uniform == 0) _uniform = total;
            else if (_uniform != total) _mixed = true;
            if ((header & DiscardBit) != 0)
            {
                _discarded++;
                continue;
            }

            _delivered++;
            delivered++;
            handler(_staging.AsSpan(start + HeaderSize, (int)(header & ~(BusyBit | DiscardBit))));
        }

        return delivered;
    }

    private int NextStart(int start, int length)
    {
        int index = _starts.BinarySearch(start) + 1;
        return index < _starts.Count ? _starts[index] : length;
    }

    private static uint TotalOf(uint header) => ((header & ~(BusyBit | DiscardBit)) + HeaderSize + 7) & ~7u;

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc")]
    private static partial int nanosleep(Timespec* request, Timespec* remaining);
}
