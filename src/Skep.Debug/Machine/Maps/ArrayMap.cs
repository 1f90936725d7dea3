using System.Buffers.Binary;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;

namespace Skep.Debug.Machine.Maps;

/// <summary>An array, of one value per index or of one per CPU.</summary>
internal sealed class ArrayMap : MachineMap
{
    private readonly AddressSpace _space;
    private readonly Region _values;
    private readonly int _cpus;
    private readonly int _distance;

    public ArrayMap(MapDefinition definition, AddressSpace space, int cpus)
        : base(definition, space)
    {
        (_space, _cpus) = (space, cpus);
        _values = ValueRegion(this, space, CountOf(definition, cpus));
        _distance = _values.StrideMask == uint.MaxValue ? 0 : (int)_values.StrideMask + 1;
        if (definition.Content.IsEmpty) return;
        ReadOnlySpan<byte> content = definition.Content.Span;
        content = content[..Math.Min(content.Length, (int)definition.ValueSize)];
        content.CopyTo(_values.Bytes);
        _values.MarkWritten(0, content.Length);
    }

    public override int Count => (int)Definition.MaxEntries;

    internal override Region Values => _values;

    public override byte[]? Get(ReadOnlySpan<byte> key) =>
        IndexOf(key) is >= 0 and var index ? PerCpu.Gather(_values, Place(index, 0), _distance, (int)Definition.ValueSize, _cpus) : null;

    public override long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (IndexOf(key) is not (>= 0 and var index)) return MapError.TooBig;
        PerCpu.Scatter(_space, _values, Place(index, 0), _distance, (int)Definition.ValueSize, _cpus, value);
        return 0;
    }

    internal override ulong Lookup(ReadOnlySpan<byte> key, int cpu) => IndexOf(key) is >= 0 and var index ? ValueAddress(index, cpu) : 0;

    internal override long Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu)
    {
        if ((flags & ~Lock) > Exist) return MapError.Invalid;
        if (IndexOf(key) is not (>= 0 and var index)) return MapError.TooBig;
        if ((flags & NoExist) != 0) return MapError.Exists;
        if ((flags & Lock) != 0 && !Definition.HasSpinLock) return MapError.Invalid;
        int place = Place(index, cpu);
        OwnedFields.Copy(_values, place, value);
        OwnedFields.End(_space, _values, place);
        return 0;
    }

    internal override int NextSlot(int slot) => slot + 1 < Count ? slot + 1 : -1;

    internal override byte[] KeyOf(int slot) => BitConverter.GetBytes(slot);

    internal override ulong ValueAddress(int slot, int cpu) => AddressSpace.AddressOf(_values, Place(slot, cpu));

    internal override int SlotOf(ulong address) =>
        _distance == 0 ? 0 : (int)(AddressSpace.OffsetOf(_values, address) / _distance) / _cpus;

    private int IndexOf(ReadOnlySpan<byte> key)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        return index < Definition.MaxEntries ? (int)index : -1;
    }

    // Of a map without a value per CPU, each CPU has the same one.
    private int Place(int index, int cpu) => ((index * _cpus) + (_cpus == 1 ? 0 : cpu)) * _distance;
}
