using System.Buffers.Binary;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>A trie of prefixes (<c>BPF_MAP_TYPE_LPM_TRIE</c>): a lookup finds the longest.</summary>
internal sealed class PrefixMap : MachineMap
{
    private const int Head = sizeof(uint);

    private readonly HashIndex _index;
    private readonly Region _values;
    private readonly IntTable _lengths;
    private readonly int _distance;
    private readonly int _bits;
    private readonly byte[] _masked;

    public PrefixMap(MapDefinition definition, AddressSpace space)
        : base(definition, space)
    {
        if (definition.KeySize <= Head) throw new NotSupportedException($"create map {definition.Name}: its keys have no prefix");
        _bits = ((int)definition.KeySize - Head) * 8;
        _masked = new byte[definition.KeySize];
        int slots = CountOf(definition, 1, 1), keyDistance = (int)definition.KeySize;
        if ((long)keyDistance * slots > MapTable.MostBytes)
            throw new NotSupportedException($"create map {definition.Name}: its {slots} keys are more than a machine holds");
        Region keys = space.Add(new MapRegion(
            space.NextId, RegionKind.MapKey, $"key of map {definition.Name}", space.NewBlock(keyDistance * slots), this));
        _values = ValueRegion(this, space, slots);
        _distance = (int)_values.StrideMask + 1;
        _index = new HashIndex(keys, space, keyDistance, keyDistance, slots);
        _lengths = space.NewTable(_bits + 1);
    }

    public override int Count => _index.Count;

    internal override Region Values => _values;

    public override byte[]? Get(ReadOnlySpan<byte> key) =>
        Find(key) is >= 0 and var slot ? _values.Bytes.AsSpan(slot * _distance, (int)Definition.ValueSize).ToArray() : null;

    public override long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Update(key, value, 0, 0);

    internal override ulong Lookup(ReadOnlySpan<byte> key, int cpu) => Find(key) is >= 0 and var slot ? ValueAddress(slot, cpu) : 0;

    internal override long Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu)
    {
        int length = LengthOf(key);
        if (flags > Exist || length < 0) return MapError.Invalid;
        int old = _index.Find(Masked(key, length));
        if (old >= 0 && flags == NoExist) return MapError.Exists;
        if (old < 0 && flags == Exist) return MapError.NotFound;
        if (old < 0 && Count == (int)Definition.MaxEntries) return MapError.NoSpace;
        int slot = _index.Allocate();
        if (old >= 0)
        {
            _index.Remove(old);
            _index.Release(old);
        }
        else
        {
            _lengths[length]++;
        }

        _index.Insert(_masked, slot);
        value.CopyTo(_values.Bytes.AsSpan(slot * _distance));
        _values.MarkWritten(slot * _distance, value.Length);
        return 0;
    }

    internal override long Delete(ReadOnlySpan<byte> key)
    {
        int length = LengthOf(key);
        if (length < 0) return MapError.Invalid;
        int slot = _index.Find(Masked(key, length));
        if (slot < 0) return MapError.NotFound;
        _index.Remove(slot);
        _index.Release(slot);
        _lengths[length]--;
        return 0;
    }

    internal override int NextSlot(int slot) => _index.NextUsed(slot);

    internal override byte[] KeyOf(int slot) => _index.KeyOf(slot).ToArray();

    internal override ulong ValueAddress(int slot, int cpu) => AddressSpace.AddressOf(_values, (long)slot * _distance);

    private int Find(ReadOnlySpan<byte> key)
    {
        for (int length = LengthOf(key); length >= 0; length--)
            if (_lengths[length] > 0 && _index.Find(Masked(key, length)) is >= 0 and var slot) return slot;
        return -1;
    }

    /// <returns>-1 for more bits than a key has.</returns>
    private int LengthOf(ReadOnlySpan<byte> key)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(key);
        return length <= (uint)_bits ? (int)length : -1;
    }

    private byte[] Masked(ReadOnlySpan<byte> key, int length)
    {
        Span<byte> masked = _masked;
        BinaryPrimitives.WriteInt32LittleEndian(masked, length);
        int whole = length / 8;
        key.Slice(Head, whole).CopyTo(masked[Head..]);
        masked[(Head + whole)..].Clear();
        if (length % 8 != 0) masked[Head + whole] = (byte)(key[Head + whole] & (0xff00 >> (length % 8)));
        return _masked;
    }
}
