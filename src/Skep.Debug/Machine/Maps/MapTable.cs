using Skep.Bpf;
using Skep.Debug.Machine.Code;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>The maps of a machine, by name.</summary>
internal sealed class MapTable(AddressSpace space, int cpus) : IMapAddresses
{
    /// <summary>The most that a map may take.</summary>
    public const int MostBytes = 1 << 30;

    private readonly List<MachineMap> _maps = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    public IReadOnlyList<MachineMap> All => _maps;

    public MachineMap this[int number] => _maps[number];

    /// <summary>The first map of a name.</summary>
    public MachineMap? Find(string name) => _maps.Find(map => map.Definition.Name == name);

    /// <summary>The number of a map, from 0; -1 for one of another machine.</summary>
    public int NumberOf(MachineMap map) => _maps.IndexOf(map);

    public MachineMap Add(MapDefinition definition)
    {
        // Maps of the kernel may have the same name.
        string identity = definition.Id != 0 ? $"#{definition.Id}" : definition.Name;
        if (_numbers.TryGetValue(identity, out int number)) return _maps[number];
        Check(definition);
        MachineMap map = Create(definition);
        _numbers.Add(identity, _maps.Count);
        _maps.Add(map);
        return map;
    }

    public ulong Handle(MapDefinition map) => AddressSpace.AddressOf(Add(map).Handle, 0);

    public ulong? Value(MapDefinition map, int offset) =>
        Add(map) is (ArrayMap or ArenaMap) and { Values: { } values } && map.Type is BpfMapType.Array or BpfMapType.Arena
            ? AddressSpace.AddressOf(Add(map).Values!, offset) : null;

    /// <summary>The map that an address stands for.</summary>
    public MachineMap? At(ulong address) =>
        space.RegionOf(address) is MapRegion { Kind: RegionKind.Map } region && AddressSpace.OffsetOf(region, address) == 0
            ? region.Map : null;

    // What the kernel refuses to create (map_alloc_check of each type), and what is too large here.
    private static void Check(MapDefinition map)
    {
        const int LongestKey = 1 << 20, LargestRing = 1 << 28;
        string? reason = map.Type switch
        {
            _ when map.KeySize > LongestKey || map.ValueSize > MostBytes => "its keys or values are too long",
            BpfMapType.Array or BpfMapType.PercpuArray or BpfMapType.ProgArray or BpfMapType.ArrayOfMaps or BpfMapType.Devmap
                or BpfMapType.Cpumap or BpfMapType.Xskmap when map.KeySize != sizeof(uint) => "its keys are no indices of 4 bytes",
            BpfMapType.Hash or BpfMapType.LruHash or BpfMapType.PercpuHash or BpfMapType.LruPercpuHash or BpfMapType.HashOfMaps
                or BpfMapType.DevmapHash when map.KeySize == 0 => "it has no keys",
            BpfMapType.Ringbuf when map.MaxEntries > LargestRing => $"a machine's has at most {LargestRing} bytes",
            BpfMapType.Devmap or BpfMapType.Cpumap or BpfMapType.Xskmap or BpfMapType.DevmapHash when map.ValueSize < sizeof(uint) =>
                "its values are no numbers of 4 bytes",
            _ => null,
        };
        if (reason is not null) throw new NotSupportedException($"create map {map.Name}, of type {map.Type.Name()}: {reason}");
    }

    private MachineMap Create(MapDefinition map) => map.Type switch
    {
        BpfMapType.Array => new ArrayMap(map, space, 1),
        BpfMapType.PercpuArray => new ArrayMap(map, space, cpus),
        BpfMapType.Hash or BpfMapType.LruHash => new HashMap(map, space, 1),
        BpfMapType.PercpuHash or BpfMapType.LruPercpuHash => new HashMap(map, space, cpus),
        BpfMapType.LpmTrie => new PrefixMap(map, space),
        BpfMapType.Queue or BpfMapType.Stack => new QueueMap(map, space),
        BpfMapType.BloomFilter => new BloomMap(map, space),
        BpfMapType.ProgArray => new ReferenceMap(map, space),
        BpfMapType.ArrayOfMaps => new MapArray(map, space, this),
        BpfMapType.HashOfMaps => new MapHash(map, space, this),
        BpfMapType.Devmap or BpfMapType.Cpumap or BpfMapType.Xskmap => new TargetMap(map, space),
        BpfMapType.DevmapHash => new HashMap(map with { Flags = map.Flags | MapFlags.ReadOnlyForPrograms }, space, 1),
        BpfMapType.Ringbuf => new RingMap(map, space),
        BpfMapType.Arena => new ArenaMap(map, space),

        // One value per object, by the number that stands for the object.
        BpfMapType.TaskStorage or BpfMapType.CgrpStorage or BpfMapType.SkStorage or BpfMapType.InodeStorage or BpfMapType.CgroupStorage
            or BpfMapType.PercpuCgroupStorage => new HashMap(map with { KeySize = sizeof(ulong), MaxEntries = 1024 }, space, 1),
        _ => new NamedMap(map, space),
    };
}
