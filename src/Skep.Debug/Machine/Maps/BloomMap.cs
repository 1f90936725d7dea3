using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>A bloom filter. It has what was put into it and nothing else: the kernel's also has what its random seed makes of it.</summary>
internal sealed class BloomMap : MachineMap
{
    private readonly HashIndex _index;

    public BloomMap(MapDefinition definition, AddressSpace space)
        : base(definition, space)
    {
        int slots = CountOf(definition, 2, 1), size = (int)definition.ValueSize;
        if ((long)slots * size > MapTable.MostBytes)
            throw new NotSupportedException($"create map {definition.Name}: its values are more than a machine holds");
        Region keys = space.Add(new MapRegion(
            space.NextId, RegionKind.MapKey, $"value of map {definition.Name}", space.NewBlock(slots * size), this));
        _index = new HashIndex(keys, space, size, size, slots);
    }

    public override int Count => _index.Count;

    public override long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Push(value, 0);

    internal override long Push(ReadOnlySpan<byte> value, ulong flags)
    {
        if (flags != 0) return MapError.Invalid;
        if (_index.Find(value) >= 0) return 0;
        int slot = _index.Allocate();
        if (slot < 0)
            throw new MachineStopException(
                FaultKind.NotSimulated,
                    $"bloom filter {Definition.Name} has more than {_index.Slots} values, for which the kernel's is of no use");
        _index.Insert(value, slot);
        return 0;
    }

    internal override long Peek(Span<byte> value) => _index.Find(value) >= 0 ? 0 : MapError.NotFound;
}
