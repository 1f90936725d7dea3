namespace Skep.Bpf;

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
