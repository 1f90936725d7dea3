using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;

namespace Skep.Debug.Machine.Maps;

/// <summary>
/// A hash, of one value per key or of one per CPU; also one that forgets the keys used least recently. What was deleted or replaced keeps
/// its memory until another key gets it, as in the kernel.
/// </summary>
internal sealed class HashMap : MachineMap
{
    private readonly AddressSpace _space;
    private readonly HashIndex _index;
    private readonly Region _values;
    private readonly Region _keys;
    private readonly IntTable _spare;
    private readonly UseOrder? _order;
    private readonly int _cpus;
    private readonly int _distance;
    private readonly int _keyDistance;
    private readonly bool _isPreallocated;

    public HashMap(MapDefinition definition, AddressSpace space, int cpus)
        : base(definition, space)
    {
        (_space, _cpus) = (space, cpus);
        bool isLru = definition.Type is BpfMapType.LruHash or BpfMapType.LruPercpuHash;
        _isPreallocated = isLru || (definition.Flags & MapFlags.NoPreallocation) == 0;

        // One more than there are entries: a key that is set again gets another element.
        int slots = CountOf(definition, 1, 1);
        _keyDistance = DistanceOf((int)definition.KeySize);
        if ((long)_keyDistance * slots > MapTable.MostBytes)
            throw new NotSupportedException(
                $"create map {definition.Name}: its {slots} keys of {definition.KeySize} bytes are more than a machine holds");
        var keys = new MapRegion(space.NextId, RegionKind.MapKey, $"key of map {definition.Name}", space.NewBlock(_keyDistance * slots),
            this);
        keys.SetElements((int)definition.KeySize, _keyDistance, slots);
        _keys = space.Add(keys);
        _values = ValueRegion(this, space, CountOf(definition, cpus, 1));
        _distance = (int)_values.StrideMask + 1;
        _index = new HashIndex(_keys, space, (int)definition.KeySize, _keyDistance, slots);
        _spare = space.NewTable(1);
        if (isLru) _order = new UseOrder(space, slots);
        _spare[0] = _index.Allocate();
    }

    public override int Count => _index.Count;

    internal override Region Values => _values;

    public override byte[]? Get(ReadOnlySpan<byte> key) =>
        _index.Find(key) is >= 0 and var slot ? PerCpu.Gather(_values, Place(slot, 0), _distance, (int)Definition.ValueSize, _cpus) : null;

    public override long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int slot = _index.Find(key);
        if (slot < 0 && (slot = Add(key)) < 0) return MapError.TooBig;
        PerCpu.Scatter(_space, _values, Place(slot, 0), _distance, (int)Definition.ValueSize, _cpus, value);
        return 0;
    }

    internal override ulong Lookup(ReadOnlySpan<byte> key, int cpu)
    {
        int slot = _index.Find(key);
        if (slot < 0) return 0;
        _order?.Use(slot);
        return ValueAddress(slot, cpu);
    }

    internal override long Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu)
    {
        if ((flags & ~Lock) > Exist || ((flags & Lock) != 0 && !(Definition.HasSpinLock && _cpus == 1 && _order is null)))
            return MapError.Invalid;
        int old = _index.Find(key), slot;
        if (old >= 0 && (flags & NoExist) != 0) return MapError.Exists;
        if (old < 0 && (flags & Exist) != 0) return MapError.NotFound;
        if (old >= 0 && (_cpus > 1 || (flags & Lock) != 0))
        {
            slot = old;
            _order?.Use(slot);

            // Linux 6.18.44 frees it in elements per CPU (pcpu_copy_value), where earlier ones do not; and not in those that it locks.
            if (OwnedFields.Owns(_space, _values, Place(slot, cpu)))
                throw new MachineStopException(FaultKind.NotSimulated,
                    $"kernels differ in whether an update of map {Definition.Name} in place frees what the value owns");
        }
        else if (old >= 0)
        {
            // With the elements allocated beforehand, the spare one takes the place; else the allocator has one.
            slot = _isPreallocated ? _spare[0] : _index.Allocate();
            if (slot < 0) slot = _spare[0];
            _index.Remove(old);
            _index.Insert(key, slot);
            _order?.Replace(old, slot);
            End(old);
            if (_isPreallocated) _spare[0] = old;
            else _index.Release(old);
        }
        else if ((slot = Add(key)) < 0)
        {
            return MapError.TooBig;
        }
        else
        {
            for (int other = 0; other < _cpus; other++) Write(Place(slot, other), []);
        }

        Write(Place(slot, cpu), value);
        return 0;
    }

    internal override long Delete(ReadOnlySpan<byte> key)
    {
        int slot = _index.Find(key);
        if (slot < 0) return MapError.NotFound;
        Forget(slot);
        return 0;
    }

    internal override int NextSlot(int slot) => _index.NextUsed(slot);

    internal override byte[] KeyOf(int slot) => _index.KeyOf(slot).ToArray();

    internal override ulong KeyAddress(int slot) => AddressSpace.AddressOf(_keys, (long)slot * _keyDistance);

    internal override ulong ValueAddress(int slot, int cpu) => AddressSpace.AddressOf(_values, Place(slot, cpu));

    internal override int SlotOf(ulong address) => (int)(AddressSpace.OffsetOf(_values, address) / _distance) / _cpus;

    // Of a map without a value per CPU, each CPU has the same one.
    private int Place(int slot, int cpu) => ((slot * _cpus) + (_cpus == 1 ? 0 : cpu)) * _distance;

    /// <returns>-1 when there is no room.</returns>
    private int Add(ReadOnlySpan<byte> key)
    {
        if (_index.Count == (int)Definition.MaxEntries)
        {
            if (_order is null) return -1;
            Forget(_order.Oldest);
        }

        int slot = _index.Allocate();
        if (slot < 0) return -1;
        _index.Insert(key, slot);
        _order?.Add(slot);
        return slot;
    }

    private void Forget(int slot)
    {
        _index.Remove(slot);
        _index.Release(slot);
        _order?.Forget(slot);
        End(slot);
    }

    private void End(int slot)
    {
        for (int cpu = 0; cpu < _cpus; cpu++) OwnedFields.End(_space, _values, Place(slot, cpu));
    }

    private void Write(int place, ReadOnlySpan<byte> value)
    {
        OwnedFields.Copy(_values, place, value.IsEmpty ? new byte[Definition.ValueSize] : value);
    }
}
