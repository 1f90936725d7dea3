using System.Buffers.Binary;
using System.Numerics;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>Finds the slot of a key. Slots that were freed last are used first, as the kernel's lists of elements have it.</summary>
internal sealed class HashIndex
{
    private const int Free = -2, End = -1;
    private const int CountAt = 0, FreeAt = 1, UsedAt = 2;

    private readonly IntTable _heads;
    private readonly IntTable _next;
    private readonly IntTable _state;
    private readonly Region _keys;
    private readonly int _keySize;
    private readonly int _keyDistance;

    /// <param name="keys">Where keys are kept: as many as there are slots.</param>
    /// <param name="space">The memory.</param>
    /// <param name="keySize">Bytes of a key.</param>
    /// <param name="keyDistance">From one key to the next.</param>
    /// <param name="slots">Slots.</param>
    public HashIndex(Region keys, AddressSpace space, int keySize, int keyDistance, int slots)
    {
        (_keys, _keySize, _keyDistance) = (keys, keySize, keyDistance);
        _heads = space.NewTable((int)BitOperations.RoundUpToPowerOf2((uint)slots));
        _next = space.NewTable(slots);
        _state = space.NewTable(3);
        _state[FreeAt] = End;
    }

    public int Slots => _next.Count;

    public int Count => _state[CountAt];

    public int Find(ReadOnlySpan<byte> key)
    {
        // A head is the slot plus 1, so that a table of zeros is empty.
        for (int slot = _heads[BucketOf(key)] - 1; slot != End; slot = _next[slot])
            if (KeyOf(slot).SequenceEqual(key)) return slot;
        return End;
    }

    /// <summary>A slot that is not used; -1 when all are.</summary>
    public int Allocate()
    {
        int slot = _state[FreeAt];
        if (slot != End)
        {
            _state[FreeAt] = Decode(_next[slot]);
            return slot;
        }

        if (_state[UsedAt] == Slots) return End;
        slot = _state[UsedAt];
        _state[UsedAt] = slot + 1;
        _next[slot] = Encode(End);
        return slot;
    }

    public void Release(int slot)
    {
        _next[slot] = Encode(_state[FreeAt]);
        _state[FreeAt] = slot;
    }

    public void Insert(ReadOnlySpan<byte> key, int slot)
    {
        key.CopyTo(_keys.Bytes.AsSpan(slot * _keyDistance));
        _keys.MarkWritten(slot * _keyDistance, _keySize);
        int bucket = BucketOf(key);
        _next[slot] = _heads[bucket] - 1;
        _heads[bucket] = slot + 1;
        _state[CountAt]++;
    }

    public void Remove(int slot)
    {
        int bucket = BucketOf(KeyOf(slot));
        if (_heads[bucket] - 1 == slot)
        {
            _heads[bucket] = _next[slot] + 1;
        }
        else
        {
            int before = _heads[bucket] - 1;
            while (_next[before] != slot) before = _next[before];
            _next[before] = _next[slot];
        }

        _next[slot] = Encode(End);
        _state[CountAt]--;
    }

    /// <summary>The next slot that holds a key; -1 at the end.</summary>
    public int NextUsed(int slot)
    {
        for (slot++; slot < _state[UsedAt]; slot++)
            if (_next[slot] > Free) return slot;
        return End;
    }

    public ReadOnlySpan<byte> KeyOf(int slot) => _keys.Bytes.AsSpan(slot * _keyDistance, _keySize);

    // Links of slots without a key are below End, so that walks know them.
    private static int Encode(int slot) => Free - 1 - slot;

    private static int Decode(int link) => Free - 1 - link;

    private int BucketOf(ReadOnlySpan<byte> key)
    {
        const ulong Multiplier = 0x9e37_79b9_7f4a_7c15;
        ulong hash = (ulong)key.Length;
        for (; key.Length >= sizeof(ulong); key = key[sizeof(ulong)..])
            hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key)) * Multiplier, 29);
        foreach (byte part in key) hash = BitOperations.RotateLeft((hash ^ part) * Multiplier, 29);
        return (int)((hash * Multiplier) >> 33) & (_heads.Count - 1);
    }
}
