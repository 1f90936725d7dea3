using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>A map of a machine. Programs reach it by calls; who runs the machine reads and writes it by the methods here.</summary>
public abstract class MachineMap
{
    private protected const ulong NoExist = 1, Exist = 2, Lock = 4;

    internal MachineMap(MapDefinition definition, AddressSpace space)
    {
        Definition = definition;
        Handle = space.Add(new MapRegion(space.NextId, RegionKind.Map, $"map {definition.Name}", new Block(0), this));
    }

    /// <summary>What it was created as.</summary>
    public MapDefinition Definition { get; }

    /// <summary>How many keys it holds.</summary>
    public virtual int Count => 0;

    internal Region Handle { get; }

    /// <summary>Its values, where they have addresses.</summary>
    internal virtual Region? Values => null;

    /// <summary>
    /// The value of a key, as system calls give it: of a map with a value per CPU all of them, each rounded up to 8 bytes. Null for a key
    /// that is not there.
    /// </summary>
    public virtual byte[]? Get(ReadOnlySpan<byte> key) => null;

    /// <summary>Sets the value of a key, as a system call does.</summary>
    /// <returns>0, or a negative error number.</returns>
    public virtual long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => MapError.Invalid;

    /// <summary>Removes a key.</summary>
    /// <returns>0, or a negative error number.</returns>
    public virtual long Remove(ReadOnlySpan<byte> key) => Delete(key);

    /// <summary>All keys and values, in the machine's order.</summary>
    public IEnumerable<KeyValuePair<byte[], byte[]>> Entries()
    {
        for (int slot = NextSlot(-1); slot >= 0; slot = NextSlot(slot))
        {
            byte[] key = KeyOf(slot);
            if (Get(key) is { } value) yield return new(key, value);
        }
    }

    /// <summary>The address of a value; 0 for none.</summary>
    internal virtual ulong Lookup(ReadOnlySpan<byte> key, int cpu) => throw Refuse("looked up");

    internal virtual long Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => throw Refuse("updated");

    internal virtual long Delete(ReadOnlySpan<byte> key) => MapError.Invalid;

    internal virtual long Push(ReadOnlySpan<byte> value, ulong flags) => throw Refuse("pushed");

    internal virtual long Pop(Span<byte> value) => throw Refuse("popped");

    internal virtual long Peek(Span<byte> value) => throw Refuse("peeked");

    /// <summary>The slot of the next key, for walks; -1 at the end.</summary>
    internal virtual int NextSlot(int slot) => -1;

    internal virtual byte[] KeyOf(int slot) => [];

    /// <summary>The address of a slot's key; 0 where keys have none.</summary>
    internal virtual ulong KeyAddress(int slot) => 0;

    internal virtual ulong ValueAddress(int slot, int cpu) => 0;

    /// <summary>The slot of the value at an address.</summary>
    internal virtual int SlotOf(ulong address) => -1;

    /// <summary>A value's distance to the next: a power of two, and more than its size, so that what runs over it is found.</summary>
    private protected static int DistanceOf(int size) =>
        1 << (32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Max(size, 7)));

    private protected static MapRegion ValueRegion(MachineMap map, AddressSpace space, int count)
    {
        int size = checked((int)map.Definition.ValueSize), distance = count == 1 ? size : DistanceOf(size);
        long bytes = (long)distance * count;
        if (bytes > MapTable.MostBytes)
            throw new NotSupportedException(
                $"create map {map.Definition.Name}: its {count} values of {size} bytes are more than a machine holds");
        var region = new MapRegion(space.NextId, RegionKind.MapValue, $"value of map {map.Definition.Name}", space.NewBlock((int)bytes),
            map)
        {
            IsWritable = map.Definition.IsWritable,
            Fields = map.Definition.Fields,
        };
        if (count == 1) region.SetBounds(0, size);
        else region.SetElements(size, distance, count);
        return space.Add(region);
    }

    /// <summary>A whole number of values.</summary>
    private protected static int CountOf(MapDefinition definition, int cpus = 1, int more = 0)
    {
        long count = ((long)definition.MaxEntries + more) * cpus;
        return definition.MaxEntries > 0 && count <= int.MaxValue ? (int)count
            : throw new NotSupportedException($"create map {definition.Name}: a machine does not hold {definition.MaxEntries} entries");
    }

    private MachineStopException Refuse(string what) =>
        new(FaultKind.InvalidArgument, $"map {Definition.Name}, of type {Bpf.BpfMapTypeNames.Name(Definition.Type)}, cannot be {what}");
}

/// <summary>A region that is a map's.</summary>
internal sealed class MapRegion(int id, RegionKind kind, string name, Block block, MachineMap map) : Region(id, kind, name, block)
{
    public MachineMap Map { get; } = map;
}
