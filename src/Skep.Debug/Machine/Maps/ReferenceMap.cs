using System.Buffers.Binary;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>
/// An array whose entries refer to something: programs, maps. An entry is a number from 1 of what the machine has of it; 0 for none.
/// </summary>
internal class ReferenceMap(MapDefinition definition, AddressSpace space) : MachineMap(definition, space)
{
    private readonly IntTable _entries = space.NewTable(CountOf(definition));

    /// <summary>How many are set; what the map has room for is more.</summary>
    public override int Count
    {
        get
        {
            int count = 0;
            for (int slot = NextSlot(-1); slot >= 0; slot = NextSlot(slot)) count++;
            return count;
        }
    }

    public override byte[]? Get(ReadOnlySpan<byte> key) => ReferenceAt(key) is not 0 and var number ? BitConverter.GetBytes(number) : null;

    public override long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= _entries.Count) return MapError.TooBig;
        _entries[(int)index] = BinaryPrimitives.ReadInt32LittleEndian(value);
        return 0;
    }

    public override long Remove(ReadOnlySpan<byte> key)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= _entries.Count || _entries[(int)index] == 0) return MapError.NotFound;
        _entries[(int)index] = 0;
        return 0;
    }

    /// <summary>The number that an index refers to; 0 for none.</summary>
    public int ReferenceAt(ReadOnlySpan<byte> key) => ReferenceAt(BinaryPrimitives.ReadUInt32LittleEndian(key));

    public int ReferenceAt(uint index) => index < _entries.Count ? _entries[(int)index] : 0;

    internal override int NextSlot(int slot)
    {
        do slot++;
        while (slot < _entries.Count && _entries[slot] == 0);
        return slot < _entries.Count ? slot : -1;
    }

    internal override byte[] KeyOf(int slot) => BitConverter.GetBytes(slot);
}

/// <summary>An array of maps.</summary>
internal sealed class MapArray(MapDefinition definition, AddressSpace space, MapTable maps) : ReferenceMap(definition, space)
{
    internal override ulong Lookup(ReadOnlySpan<byte> key, int cpu) =>
        ReferenceAt(key) is > 0 and var number ? AddressSpace.AddressOf(maps[number - 1].Handle, 0) : 0;
}

/// <summary>A hash of maps.</summary>
internal sealed class MapHash : MachineMap
{
    private readonly HashMap _numbers;
    private readonly MapTable _maps;

    public MapHash(MapDefinition definition, AddressSpace space, MapTable maps)
        : base(definition, space)
    {
        _maps = maps;
        _numbers = new HashMap(definition with { ValueSize = sizeof(int) }, space, 1);
    }

    public override int Count => _numbers.Count;

    public override byte[]? Get(ReadOnlySpan<byte> key) => _numbers.Get(key);

    public override long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _numbers.Set(key, value);

    public override long Remove(ReadOnlySpan<byte> key) => _numbers.Remove(key);

    internal override ulong Lookup(ReadOnlySpan<byte> key, int cpu) =>
        _numbers.Get(key) is { } number ? AddressSpace.AddressOf(_maps[BinaryPrimitives.ReadInt32LittleEndian(number) - 1].Handle, 0) : 0;

    internal override int NextSlot(int slot) => _numbers.NextSlot(slot);

    internal override byte[] KeyOf(int slot) => _numbers.KeyOf(slot);
}
