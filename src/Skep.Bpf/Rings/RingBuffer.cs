using Skep.Linux.Events;

namespace Skep.Bpf;

/// <summary>
/// Takes one record of a ring buffer. The bytes are the kernel's own memory: valid during the call only, copy what is to live.
/// </summary>
/// <param name="record">What the program submitted.</param>
public delegate void RingBufferHandler(ReadOnlySpan<byte> record);

/// <summary>
/// The consumer of a BPF ring buffer (<c>BPF_MAP_TYPE_RINGBUF</c>, kernel/bpf/ringbuf.c). There must be one consumer of a ring only.
/// Records are read where the kernel wrote them. The pages of the ring are mapped a window at a time, so a large ring is not counted in the
/// process's resident memory. Not for use by several threads at once, except <see cref="Wake"/>.
/// </summary>
public sealed unsafe class RingBuffer : IDisposable
{
    private const uint BusyBit = 1u << 31, DiscardBit = 1u << 30;
    private const int HeaderSize = 8;
    private const int DefaultWindow = 1 << 20;

    private static readonly int PageSize = Environment.SystemPageSize;

    private readonly BpfMap _map;
    private readonly EventPoll _poll;
    private readonly uint _size;
    private readonly uint _windowSize;
    private readonly uint _releaseStep;
    private readonly RingMapping _consumerPage;
    private readonly RingMapping _producerPage;
    private RingMapping _window;
    private uint _windowStart;
    private bool _disposed;

    /// <summary>Opens the consumer's side of a ring.</summary>
    /// <param name="map">A map of type <see cref="BpfMapType.Ringbuf"/>. The ring keeps its own handle of it.</param>
    /// <param name="windowBytes">How much of the ring to map at once; a larger record is mapped for its own time.</param>
    /// <exception cref="ArgumentException">It is not a ring buffer.</exception>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    public RingBuffer(BpfMap map, int windowBytes = DefaultWindow)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentOutOfRangeException.ThrowIfLessThan(windowBytes, 1);
        if (map.Info.Type != BpfMapType.Ringbuf)
            throw new ArgumentException($"map {map.Info.Id} is of type {map.Info.Type.Name()}, not ringbuf");
        _size = map.Info.MaxEntries;
        _windowSize = Math.Min(_size, PageCeiling((uint)windowBytes));
        _releaseStep = Math.Max(_size / 16, (uint)PageSize);
        _poll = new EventPoll();
        try
        {
            _map = map.Duplicate();

            // Layout of the file: consumer page, producer page, then the records' pages, twice (ringbuf_map_mmap_kern).
            _consumerPage = RingMapping.Map(_map, 0, (uint)PageSize, writable: true);
            _producerPage = RingMapping.Map(_map, PageSize, (uint)PageSize, writable: false);
            _poll.Add(_map, 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes that the ring holds, record headers included.</summary>
    public uint Size => _size;

    /// <summary>Bytes that wait to be consumed now, headers and records still being written included.</summary>
    public ulong Pending => Volatile.Read(ref Position(_producerPage)) - Volatile.Read(ref Position(_consumerPage));

    /// <summary>Waits for records. Comes back at once when there are any.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>False when time is up or after <see cref="Wake"/>, and there is nothing to consume.</returns>
    public bool Poll(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<ulong> ready = stackalloc ulong[1];
        return _poll.Wait(timeout, ready) > 0;
    }

    /// <summary>Ends the current <see cref="Poll"/>, or the next one, from any thread.</summary>
    public void Wake() => _poll.Wake();

    /// <summary>Gives all records that are ready to a handler, oldest first, and frees their space.</summary>
    /// <param name="handler">Called once a record. When it throws, that record counts as consumed.</param>
    /// <param name="maxRecords">Stop after so many.</param>
    /// <returns>How many records the handler was given.</returns>
    public int Consume(RingBufferHandler handler, int maxRecords = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ref ulong consumer = ref Position(_consumerPage);
        ulong position = Volatile.Read(ref consumer);
        ulong released = position;
        int records = 0;
        try
        {
            while (records < maxRecords)
            {
                ulong produced = Volatile.Read(ref Position(_producerPage));
                if (position >= produced)
                {
                    if (released == position) break;

                    // The kernel wakes a consumer that has caught up (bpf_ringbuf_commit): say so, then look once more.
                    Release(ref consumer, released = position);
                    continue;
                }

                byte* header = At(position, HeaderSize);
                uint length = Volatile.Read(ref *(uint*)header);
                if ((length & BusyBit) != 0)
                {
                    if (released == position) break;
                    Release(ref consumer, released = position);
                    continue;
                }

                bool discarded = (length & DiscardBit) != 0;
                length &= ~DiscardBit;
                uint total = (length + HeaderSize + 7) & ~7u;
                if (!discarded)
                {
                    header = At(position, total);
                    position += total;
                    records++;
                    handler(new ReadOnlySpan<byte>(header + HeaderSize, (int)length));
                }
                else
                {
                    position += total;
                }

                if (position - released >= _releaseStep) Release(ref consumer, released = position);
            }
        }
        finally
        {
            if (released != position) Release(ref consumer, position);
        }

        return records;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _window.Unmap();
        _producerPage.Unmap();
        _consumerPage.Unmap();
        _poll.Dispose();
        _map?.Dispose();
    }

    // The barrier orders the store before the reads that follow: the kernel's side exchanges the header, then reads this position.
    private static void Release(ref ulong consumer, ulong position)
    {
        Volatile.Write(ref consumer, position);
        Interlocked.MemoryBarrier();
    }

    private static ref ulong Position(RingMapping page) => ref page.Position;

    /// <summary>Where the ring's bytes from a position on are mapped, <paramref name="length"/> of them in one piece.</summary>
    private byte* At(ulong position, uint length)
    {
        uint offset = (uint)(position & (_size - 1));
        if (_window.Address != 0 && offset >= _windowStart && (ulong)offset + length <= (ulong)_windowStart + _window.Length)
            return (byte*)_window.Address + (offset - _windowStart);
        return Slide(offset, length);
    }

    // The records' pages appear twice in the file, one copy after the other, so a window may run over the end of the first.
    private byte* Slide(uint offset, uint length)
    {
        uint start = offset & ~(uint)(PageSize - 1);
        uint windowLength = Math.Max(_windowSize, PageCeiling(offset - start + length));
        if (_window.Length > _windowSize || windowLength != _window.Length)
        {
            _window.Unmap();
            _window = default;
        }

        // A failed mapping over the old one leaves nothing there.
        nint replaced = _window.Address;
        _window = default;
        _window = RingMapping.Map(_map, (2 * (long)PageSize) + start, windowLength, writable: false, replaced);
        _windowStart = start;
        return (byte*)_window.Address + (offset - start);
    }

    private static uint PageCeiling(uint bytes) => (bytes + (uint)PageSize - 1) & ~((uint)PageSize - 1);
}
