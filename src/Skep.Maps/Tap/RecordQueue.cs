using System.Buffers.Binary;

namespace Skep.Maps.Tap;

/// <summary>
/// Records between the thread that reads the ring and the one that writes them out: a slow terminal must not make the reader late. When it
/// is full, records are counted and dropped.
/// </summary>
internal sealed class RecordQueue
{
    // Before each record: its length and its CPU.
    private const int HeaderBytes = 8;
    private const int BlockBytes = 1 << 18, MostBytes = 64 << 20;

    private readonly Queue<Block> _full = new();
    private readonly Stack<Block> _free = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _ready = new(0);
    private Block _filling = new(BlockBytes);
    private long _bytes;

    /// <summary>Records for which there was no room.</summary>
    public ulong Dropped { get; private set; }

    /// <summary>Takes a record. Reader's thread.</summary>
    public void Add(int cpu, ReadOnlySpan<byte> record)
    {
        int length = HeaderBytes + record.Length;
        if (Volatile.Read(ref _bytes) + length > MostBytes)
        {
            Dropped++;
            _filling.Count++;
            return;
        }

        if (_filling.Used + length > _filling.Bytes.Length && _filling.Used > 0) Pass();
        if (length > _filling.Bytes.Length) _filling = new Block(length);
        Span<byte> to = _filling.Bytes.AsSpan(_filling.Used);
        BinaryPrimitives.WriteInt32LittleEndian(to, record.Length);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], cpu);
        record.CopyTo(to[HeaderBytes..]);
        _filling.Used += length;
        Interlocked.Add(ref _bytes, length);
    }

    /// <summary>Hands on what was added. Reader's thread.</summary>
    public void Pass()
    {
        if (_filling.Used == 0) return;
        _filling.Time = DateTime.UtcNow;
        lock (_lock) _full.Enqueue(_filling);
        _filling = Empty();
        _ready.Release();
    }

    /// <summary>Gives a block back that was written out. Writer's thread.</summary>
    public void Return(Block block)
    {
        if (block.Bytes.Length != BlockBytes) return;
        (block.Used, block.Count) = (0, 0);
        lock (_lock) _free.Push(block);
    }

    /// <summary>No more will come. Reader's thread.</summary>
    public void End()
    {
        Pass();
        _ready.Release();
    }

    /// <summary>Waits for a block. Writer's thread.</summary>
    /// <returns>Null after the end, or when time is up and <paramref name="timedOut"/> says so.</returns>
    public Block? Take(TimeSpan timeout, out bool timedOut)
    {
        timedOut = !_ready.Wait(timeout);
        if (timedOut) return null;
        Block? block;
        lock (_lock) _full.TryDequeue(out block);
        if (block is not null) Interlocked.Add(ref _bytes, -block.Used);
        return block;
    }

    private Block Empty()
    {
        lock (_lock)
        {
            if (_free.TryPop(out Block? block)) return block;
        }

        return new Block(BlockBytes);
    }

    /// <summary>Records, one after the other.</summary>
    /// <param name="capacity">Bytes.</param>
    internal sealed class Block(int capacity)
    {
        public byte[] Bytes { get; } = new byte[capacity];

        public int Used { get; set; }

        /// <summary>Records that were dropped behind those that are here.</summary>
        public ulong Count { get; set; }

        /// <summary>When they were read.</summary>
        public DateTime Time { get; set; }

        /// <summary>The record at an offset, and the offset of the next.</summary>
        public ReadOnlySpan<byte> At(ref int offset, out int cpu)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(offset));
            cpu = BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(offset + 4));
            ReadOnlySpan<byte> record = Bytes.AsSpan(offset + HeaderBytes, length);
            offset += HeaderBytes + length;
            return record;
        }
    }
}
