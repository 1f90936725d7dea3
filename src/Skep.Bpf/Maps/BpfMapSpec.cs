namespace Skep.Bpf;

/// <summary><c>BPF_F_*</c> of BPF_MAP_CREATE (include/uapi/linux/bpf.h).</summary>
[Flags]
public enum MapFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>BPF_F_NO_PREALLOC</c>: entries are allocated when they are made. Needed by prefix tries and local storage.</summary>
    NoPreallocation = 1 << 0,

    /// <summary><c>BPF_F_NO_COMMON_LRU</c>: each CPU has its own list of old entries.</summary>
    NoCommonLru = 1 << 1,

    /// <summary><c>BPF_F_NUMA_NODE</c>.</summary>
    NumaNode = 1 << 2,

    /// <summary><c>BPF_F_RDONLY</c>: system calls may not write.</summary>
    ReadOnly = 1 << 3,

    /// <summary><c>BPF_F_WRONLY</c>: system calls may not read.</summary>
    WriteOnly = 1 << 4,

    /// <summary><c>BPF_F_STACK_BUILD_ID</c>.</summary>
    StackBuildId = 1 << 5,

    /// <summary><c>BPF_F_ZERO_SEED</c>.</summary>
    ZeroSeed = 1 << 6,

    /// <summary><c>BPF_F_RDONLY_PROG</c>: programs may not write.</summary>
    ReadOnlyForPrograms = 1 << 7,

    /// <summary><c>BPF_F_WRONLY_PROG</c>: programs may not read.</summary>
    WriteOnlyForPrograms = 1 << 8,

    /// <summary><c>BPF_F_CLONE</c>: a socket's clone gets a copy.</summary>
    Clone = 1 << 9,

    /// <summary><c>BPF_F_MMAPABLE</c>: an array whose values can be mapped.</summary>
    Mappable = 1 << 10,

    /// <summary><c>BPF_F_PRESERVE_ELEMS</c>.</summary>
    PreserveElements = 1 << 11,

    /// <summary><c>BPF_F_INNER_MAP</c>: an inner array whose size may differ.</summary>
    InnerMap = 1 << 12,
}

/// <summary>A map that is to be created.</summary>
/// <param name="Type">The type.</param>
/// <param name="KeySize">Bytes of a key; 0 for ring buffers, queues and stacks.</param>
/// <param name="ValueSize">Bytes of a value, one CPU's; 0 for ring buffers.</param>
/// <param name="MaxEntries">Entries that it can hold; bytes for a ring buffer, a power of two of pages.</param>
public sealed record BpfMapSpec(BpfMapType Type, uint KeySize, uint ValueSize, uint MaxEntries)
{
    /// <summary>The kernel's name for it: up to 15 bytes of [A-Za-z0-9_.] are kept.</summary>
    public string Name { get; init; } = "";

    /// <summary>Flags.</summary>
    public MapFlags Flags { get; init; }

    /// <summary>A map like those that a map of maps will hold.</summary>
    public BpfMap? InnerMap { get; init; }

    /// <summary>The NUMA node, with <see cref="MapFlags.NumaNode"/>.</summary>
    public uint NumaNode { get; init; }

    /// <summary><c>map_extra</c>: hash functions of a bloom filter.</summary>
    public ulong Extra { get; init; }

    /// <summary>The BTF that types keys and values.</summary>
    public BpfBtf? Btf { get; init; }

    /// <summary>The key's type in <see cref="Btf"/>.</summary>
    public uint BtfKeyTypeId { get; init; }

    /// <summary>The value's type in <see cref="Btf"/>.</summary>
    public uint BtfValueTypeId { get; init; }

    /// <summary>The device that it is offloaded to; 0 for none.</summary>
    public uint IfIndex { get; init; }
}
