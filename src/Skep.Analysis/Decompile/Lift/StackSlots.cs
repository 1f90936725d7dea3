using Skep.Isa;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>
/// Makes variables of places in the frame that only this function's own loads and stores can reach: all of one width at one offset,
/// and below every address that is given away. A function that computes addresses in its frame keeps all of it as memory.
/// </summary>
internal sealed class StackSlots
{
    private const int FrameSize = 512;
    private const int MaximumSlots = 64;
    private const int Free = 0, Mixed = -1;

    private readonly List<SimpleStatement>[] _blocks;

    // Of each byte, the width and offset of the accesses to it as one number, or Free, or Mixed.
    private readonly int[] _access = new int[FrameSize];
    private readonly Dictionary<long, Variable> _slots = [];
    private long _lowestGiven;

    private StackSlots(List<SimpleStatement>[] blocks) => _blocks = blocks;

    /// <summary>Replaces accesses by placeholders, which are returned, for a <see cref="WebBuilder"/>.</summary>
    public static Variable[] Promote(List<SimpleStatement>[] blocks)
    {
        var slots = new StackSlots(blocks);
        return slots.Find() ? slots.Replace() : [];
    }

    private bool Find()
    {
        foreach (List<SimpleStatement> block in _blocks)
        {
            foreach (SimpleStatement statement in block)
            {
                for (int i = 0; i < statement.Values.Length; i++)
                {
                    Expression value = statement.Values[i];
                    if (statement is Store store && i == 0 && store.Address is FrameAddress frame)
                    {
                        if (!IsPlain(store.Kind)) return false;
                        Note(frame.Offset + store.Offset, store.Bytes);
                    }
                    else if (!Scan(value))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    private bool Scan(Expression value)
    {
        switch (value)
        {
            case FrameAddress:
                return false;
            case Load { Address: FrameAddress frame } load:
                Note(frame.Offset + load.Offset, load.Bytes);
                return IsPlain(load.Kind);
            case Call call:
                bool takesFunction = call.Parts.Any(part => part is Symbol { Load.Kind: OperationKind.LoadFunction });
                foreach (Expression argument in call.Parts)
                {
                    if (argument is not FrameAddress given)
                    {
                        if (!Scan(argument)) return false;
                        continue;
                    }

                    // A helper uses what is at and after the address; other functions may compute with it.
                    if (call.Instruction.Kind != OperationKind.CallHelper || takesFunction) return false;
                    _lowestGiven = Math.Min(_lowestGiven, given.Offset);
                }

                return true;
            default:
                foreach (Expression part in value.Parts)
                    if (!Scan(part)) return false;
                return true;
        }
    }

    private void Note(long offset, int bytes)
    {
        if (offset < -FrameSize || offset + bytes > 0)
        {
            // Outside of the frame: the verifier accepts no such program.
            _lowestGiven = long.MinValue;
            return;
        }

        int key = (bytes << 16) | (int)(offset + FrameSize + 1);
        bool mixed = false;
        for (int i = 0; i < bytes; i++) mixed |= _access[(int)offset + FrameSize + i] is var there && there != Free && there != key;
        for (int i = 0; i < bytes; i++)
        {
            ref int there = ref _access[(int)offset + FrameSize + i];
            if (mixed) Spoil(there);
            there = mixed ? Mixed : key;
        }
    }

    private void Spoil(int key)
    {
        if (key <= 0) return;
        int start = (key & 0xffff) - 1, bytes = key >> 16;
        for (int i = 0; i < bytes; i++) _access[start + i] = Mixed;
    }

    private Variable[] Replace()
    {
        for (int at = 0; at < FrameSize && _slots.Count < MaximumSlots; at++)
        {
            int key = _access[at];
            if (key <= 0 || (key & 0xffff) - 1 != at || at - FrameSize + (key >> 16) > _lowestGiven) continue;
            _slots.Add(at - FrameSize, new Variable(new Location(true, at - FrameSize)) { Number = _slots.Count });
        }

        if (_slots.Count == 0) return [];
        foreach (List<SimpleStatement> block in _blocks)
        {
            for (int i = 0; i < block.Count; i++)
            {
                SimpleStatement statement = block[i];
                for (int v = 0; v < statement.Values.Length; v++) statement.Values[v] = Replace(statement.Values[v]);
                if (statement is Store { Address: FrameAddress frame } store
                    && _slots.TryGetValue(frame.Offset + store.Offset, out Variable? slot))
                    block[i] =
                        new Assign(slot,
                            store.Bytes == 8
                                ? store.Value : new Extension(store.Bytes * 8, 64, false, store.Value, store.Slot))
                        { Slot = store.Slot };
            }
        }

        return [.. _slots.Values];
    }

    private Expression Replace(Expression value)
    {
        if (value is Load { Address: FrameAddress frame } load && _slots.TryGetValue(frame.Offset + load.Offset, out Variable? slot))
        {
            var use = new Use(slot, load.Slot);
            return load.IsSigned ? new Extension(load.Bytes * 8, 64, true, use, load.Slot) : use;
        }

        if (value.Parts.Count == 0) return value;
        Expression[] parts = [.. value.Parts];
        bool changed = false;
        for (int i = 0; i < parts.Length; i++)
        {
            Expression part = Replace(parts[i]);
            changed |= !ReferenceEquals(part, parts[i]);
            parts[i] = part;
        }

        return changed ? value.With(parts) : value;
    }

    private static bool IsPlain(OperationKind kind) =>
        kind is OperationKind.Load or OperationKind.LoadSignExtend or OperationKind.Store or OperationKind.StoreImmediate;
}
