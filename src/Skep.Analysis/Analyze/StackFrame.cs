using System.Runtime.InteropServices;

namespace Skep.Analysis.Analyze;

/// <summary>Something that was stored in a frame.</summary>
/// <param name="Offset">Bytes from the frame's top, negative.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Value">What was stored.</param>
/// <param name="Numbers">The numbers that it may be.</param>
public readonly record struct StackEntry(int Offset, int Size, Value Value, Numbers Numbers)
{
    /// <summary>The offset after its last byte.</summary>
    public int End => Offset + Size;
}

/// <summary>What a function has stored in its stack frame, as far as it is known. Entries do not overlap and are in order.</summary>
public sealed class StackFrame
{
    // MAX_BPF_STACK of include/linux/filter.h.
    internal const int Bytes = 512;

    private readonly List<StackEntry> _entries;

    /// <summary>An empty frame.</summary>
    public StackFrame() => _entries = [];

    private StackFrame(List<StackEntry> entries) => _entries = entries;

    /// <summary>What is stored.</summary>
    public IReadOnlyList<StackEntry> Entries => _entries;

    /// <summary>A copy.</summary>
    public StackFrame Copy() => new([.. _entries]);

    /// <summary>Makes this frame the same as another.</summary>
    internal void CopyFrom(StackFrame other)
    {
        CollectionsMarshal.SetCount(_entries, other._entries.Count);
        CollectionsMarshal.AsSpan(other._entries).CopyTo(CollectionsMarshal.AsSpan(_entries));
    }

    /// <summary>What a load of some bytes gives; null when they were not stored together.</summary>
    public Value? Load(long offset, int size) => Load(offset, size, out _);

    /// <summary>What a load of some bytes gives, and the numbers that it may be; null when they were not stored together.</summary>
    public Value? Load(long offset, int size, out Numbers numbers)
    {
        numbers = Numbers.OfBits(8 * size);
        if (offset is < -Bytes or >= 0) return null;
        int at = IndexOf((int)offset);
        if (at == _entries.Count || _entries[at].Offset > offset || _entries[at].End < offset + size) return null;
        StackEntry entry = _entries[at];
        bool whole = entry.Offset == offset && entry.Size == size;
        if (whole) numbers = entry.Numbers;
        else if (entry.Size <= sizeof(ulong)) numbers = NumberArithmetic.Part(entry.Numbers, (int)(offset - entry.Offset), size);
        return whole ? entry.Value : Part(entry, (int)(offset - entry.Offset), size);
    }

    /// <summary>Stores some bytes. What overlaps and is not covered becomes unknown.</summary>
    public void Store(long offset, int size, in Value value, in Numbers numbers)
    {
        if (offset is < -Bytes or >= 0 || size <= 0 || offset + size > 0)
        {
            if (offset < 0 && size > 0) Forget(offset);
            return;
        }

        int at = IndexOf((int)offset), last = at;
        while (last < _entries.Count && _entries[last].Offset < offset + size) last++;
        StackEntry stored = new((int)offset, size, value, numbers);
        if (last == at + 1 && _entries[at].Offset == offset && _entries[at].Size == size)
        {
            _entries[at] = stored;
            return;
        }

        StackEntry? before =
            last > at && _entries[at].Offset < offset
                ? new StackEntry(_entries[at].Offset, (int)offset - _entries[at].Offset, Value.Unknown, Numbers.Any) : null;
        StackEntry? after = last > at && _entries[last - 1].End > offset + size
            ? new StackEntry((int)offset + size, _entries[last - 1].End - (int)offset - size, Value.Unknown, Numbers.Any) : null;
        _entries.RemoveRange(at, last - at);
        if (after is { } rest) _entries.Insert(at, rest);
        _entries.Insert(at, stored);
        if (before is { } head) _entries.Insert(at, head);
    }

    /// <summary>What lies at an offset and above is no longer known.</summary>
    public void Forget(long offset) => Forget(offset == Value.AnyOffset ? -Bytes : offset, 0);

    /// <summary>What lies between two offsets is no longer known.</summary>
    public void Forget(long offset, long end)
    {
        for (int i = offset <= -Bytes ? 0 : IndexOf((int)offset); i < _entries.Count && _entries[i].Offset < end; i++)
            _entries[i] = _entries[i] with { Value = Value.Unknown, Numbers = Numbers.Any };
    }

    /// <summary>The numbers in it are no longer known.</summary>
    public void ForgetNumbers()
    {
        for (int i = 0; i < _entries.Count; i++) _entries[i] = _entries[i] with { Numbers = Numbers.Any };
    }

    /// <summary>Joins another frame into this one.</summary>
    /// <param name="other">The other.</param>
    /// <param name="widen">Whether numbers that differ are given up.</param>
    /// <returns>Whether this one changed.</returns>
    public bool Join(StackFrame other, bool widen = false)
    {
        if (Same(other)) return false;
        bool changed = false;
        int at = 0;
        foreach (StackEntry theirs in other._entries)
        {
            while (at < _entries.Count && _entries[at].End <= theirs.Offset) changed |= Alone(at++);
            if (at == _entries.Count || _entries[at].Offset >= theirs.End)
            {
                _entries.Insert(at++, theirs with { Numbers = Numbers.Any });
                changed = true;
                continue;
            }

            if (_entries[at].Offset == theirs.Offset && _entries[at].Size == theirs.Size)
            {
                var joined =
                    new StackEntry(theirs.Offset, theirs.Size, Value.Join(_entries[at].Value, theirs.Value),
                        _entries[at].Numbers.Join(theirs.Numbers, widen));
                changed |= joined != _entries[at];
                _entries[at++] = joined;
                continue;
            }

            // Stored in other pieces: nothing is known of these bytes.
            for (int i = at; i < _entries.Count && _entries[i].Offset < theirs.End; i++)
            {
                changed |= _entries[i].Value != Value.Unknown || !_entries[i].Numbers.IsAny;
                _entries[i] = _entries[i] with { Value = Value.Unknown, Numbers = Numbers.Any };
            }
        }

        for (; at < _entries.Count; at++) changed |= Alone(at);
        return changed;
    }

    // Stored on one path only: on the other the bytes are whatever they were before.
    private bool Alone(int at)
    {
        if (_entries[at].Numbers.IsAny) return false;
        _entries[at] = _entries[at] with { Numbers = Numbers.Any };
        return true;
    }

    private bool Same(StackFrame other)
    {
        if (_entries.Count != other._entries.Count) return false;
        for (int i = 0; i < _entries.Count; i++)
            if (_entries[i] != other._entries[i]) return false;
        return true;
    }

    // The first entry that ends behind an offset.
    private int IndexOf(int offset)
    {
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_entries[middle].End <= offset) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static Value Part(in StackEntry entry, int skip, int size)
    {
        Value whole = entry.Value;

        // What a call wrote in one piece, such as a stack trace, is identified by the call.
        if (whole is { Kind: ValueKind.Scalar, Id: Value.WrittenByCall } && entry.Size > sizeof(ulong)) return whole;
        if (whole.Kind == ValueKind.Constant && size < 8) return Value.Constant(whole.Offset >> (8 * skip) & ((1L << (8 * size)) - 1));
        if (whole.Kind == ValueKind.Scalar && whole.Left == 0 && 8 * skip < whole.Width)
            return whole with { Low = (byte)(whole.Low + (8 * skip)), Width = (byte)Math.Min(8 * size, whole.Width - (8 * skip)) };
        return Value.Unknown;
    }
}
