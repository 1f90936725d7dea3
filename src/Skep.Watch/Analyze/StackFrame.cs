namespace Skep.Watch.Analyze;

/// <summary>Something that was stored in a frame.</summary>
/// <param name="Offset">Bytes from the frame's top, negative.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Value">What was stored.</param>
public readonly record struct StackEntry(int Offset, int Size, Value Value)
{
    /// <summary>The offset after its last byte.</summary>
    public int End => Offset + Size;
}

/// <summary>What a function has stored in its stack frame, as far as it is known. Entries do not overlap and are in order.</summary>
public sealed class StackFrame
{
    // MAX_BPF_STACK of include/linux/filter.h.
    private const int Bytes = 512;

    private readonly List<StackEntry> _entries;

    /// <summary>An empty frame.</summary>
    public StackFrame() => _entries = [];

    private StackFrame(List<StackEntry> entries) => _entries = entries;

    /// <summary>What is stored.</summary>
    public IReadOnlyList<StackEntry> Entries => _entries;

    /// <summary>A copy.</summary>
    public StackFrame Copy() => new([.. _entries]);

    /// <summary>What a load of some bytes gives; null when they were not stored together.</summary>
    public Value? Load(long offset, int size)
    {
        if (offset is < -Bytes or >= 0) return null;
        foreach (StackEntry entry in _entries)
        {
            if (entry.Offset > offset) break;
            if (entry.Offset == offset && entry.Size == size) return entry.Value;
            if (entry.Offset <= offset && entry.End >= offset + size) return Part(entry.Value, (int)(offset - entry.Offset), size);
        }

        return null;
    }

    /// <summary>Stores some bytes. What overlaps and is not covered becomes unknown.</summary>
    public void Store(long offset, int size, in Value value)
    {
        if (offset is < -Bytes or >= 0 || size <= 0 || offset + size > 0)
        {
            if (offset < 0 && size > 0) Forget(offset);
            return;
        }

        int at = 0;
        while (at < _entries.Count && _entries[at].End <= offset) at++;
        int last = at;
        while (last < _entries.Count && _entries[last].Offset < offset + size) last++;
        StackEntry? before = last > at && _entries[at].Offset < offset ? _entries[at] with { Size = (int)offset - _entries[at].Offset, Value = Value.Unknown } : null;
        StackEntry? after = last > at && _entries[last - 1].End > offset + size
            ? new StackEntry((int)offset + size, _entries[last - 1].End - (int)offset - size, Value.Unknown) : null;
        _entries.RemoveRange(at, last - at);
        if (after is { } rest) _entries.Insert(at, rest);
        _entries.Insert(at, new StackEntry((int)offset, size, value));
        if (before is { } head) _entries.Insert(at, head);
    }

    /// <summary>What lies at an offset and above is no longer known.</summary>
    public void Forget(long offset)
    {
        for (int i = 0; i < _entries.Count; i++)
            if (offset == Value.AnyOffset || _entries[i].End > offset) _entries[i] = _entries[i] with { Value = Value.Unknown };
    }

    /// <summary>Joins another frame into this one.</summary>
    /// <returns>Whether this one changed.</returns>
    public bool Join(StackFrame other)
    {
        bool changed = false;
        foreach (StackEntry theirs in other._entries)
        {
            int at = 0;
            while (at < _entries.Count && _entries[at].End <= theirs.Offset) at++;
            if (at == _entries.Count || _entries[at].Offset >= theirs.End)
            {
                _entries.Insert(at, theirs);
                changed = true;
                continue;
            }

            if (_entries[at].Offset == theirs.Offset && _entries[at].Size == theirs.Size)
            {
                Value joined = Value.Join(_entries[at].Value, theirs.Value);
                if (joined == _entries[at].Value) continue;
                _entries[at] = _entries[at] with { Value = joined };
                changed = true;
                continue;
            }

            // Stored in other pieces: nothing is known of these bytes.
            for (int i = at; i < _entries.Count && _entries[i].Offset < theirs.End; i++)
            {
                changed |= _entries[i].Value != Value.Unknown;
                _entries[i] = _entries[i] with { Value = Value.Unknown };
            }
        }

        return changed;
    }

    private static Value Part(in Value whole, int skip, int size)
    {
        if (whole.Kind == ValueKind.Constant && size < 8) return Value.Constant(whole.Offset >> (8 * skip) & ((1L << (8 * size)) - 1));
        if (whole.Kind == ValueKind.Scalar && whole.Left == 0 && 8 * skip < whole.Width)
            return whole with { Low = (byte)(whole.Low + (8 * skip)), Width = (byte)Math.Min(8 * size, whole.Width - (8 * skip)) };
        return Value.Unknown;
    }
}
