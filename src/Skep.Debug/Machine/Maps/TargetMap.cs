using System.Buffers.Binary;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>An array of what packets are redirected to: devices, CPUs, sockets. Programs may read its values.</summary>
internal sealed class TargetMap : MachineMap
{
    private readonly Region _values;
    private readonly IntTable _present;
    private readonly int _distance;

    public TargetMap(MapDefinition definition, AddressSpace space)
        : base(definition with { Flags = definition.Flags | Bpf.MapFlags.ReadOnlyForPrograms }, space)
    {
        _values = ValueRegion(this, space, CountOf(definition));
        _distance = _values.StrideMask == uint.MaxValue ? 0 : (int)_values.StrideMask + 1;
        _present = space.NewTable(CountOf(definition));
    }

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

    internal override Region Values => _values;

    public override byte[]? Get(ReadOnlySpan<byte> key) =>
        IndexOf(key) is >= 0 and var index ? _values.Bytes.AsSpan(index * _distance, (int)Definition.ValueSize).ToArray() : null;

    public override long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= _present.Count) return MapError.TooBig;
        value.CopyTo(_values.Bytes.AsSpan((int)index * _distance));
        _values.MarkWritten((int)index * _distance, value.Length);
        _present[(int)index] = 1;
        return 0;
    }

    public override long Remove(ReadOnlySpan<byte> key)
    {
        if (IndexOf(key) is not (>= 0 and var index)) return MapError.NotFound;
        _present[index] = 0;
        return 0;
    }

    internal override ulong Lookup(ReadOnlySpan<byte> key, int cpu) => IndexOf(key) is >= 0 and var index ? ValueAddress(index, cpu) : 0;

    internal override int NextSlot(int slot)
    {
        do slot++;
        while (slot < _present.Count && _present[slot] == 0);
        return slot < _present.Count ? slot : -1;
    }

    internal override byte[] KeyOf(int slot) => BitConverter.GetBytes(slot);

    internal override ulong ValueAddress(int slot, int cpu) => AddressSpace.AddressOf(_values, (long)slot * _distance);

    private int IndexOf(ReadOnlySpan<byte> key)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        return index < _present.Count && _present[(int)index] != 0 ? (int)index : -1;
    }
}
