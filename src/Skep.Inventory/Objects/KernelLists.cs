using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Objects;

/// <summary>A map, as the kernel's own list has it.</summary>
internal readonly record struct MapSketch(uint Id, BpfMapType Type, uint MaxEntries, string Name);

/// <summary>
/// What the kernel's own lists say of all programs and maps in two reads: little, but at once (kernel/bpf/prog_iter.c, map_iter.c).
/// </summary>
internal sealed class KernelLists
{
    private readonly Dictionary<uint, uint> _pages = [];
    private readonly HashSet<BpfProgramType> _types = [];
    private readonly List<MapSketch> _maps = [];

    /// <summary>Reads what iterators have written.</summary>
    /// <param name="programs">That over programs; null where the kernel has none.</param>
    /// <param name="maps">That over maps; null where the kernel has none.</param>
    public KernelLists(byte[]? programs, byte[]? maps)
    {
        HasMaps = maps is not null;
        foreach (ref readonly ObjectRecord record in MemoryMarshal.Cast<byte, ObjectRecord>(programs))
        {
            _pages[record.Id] = record.Extra;
            _types.Add((BpfProgramType)record.Type);
        }

        foreach (ref readonly ObjectRecord record in MemoryMarshal.Cast<byte, ObjectRecord>(maps))
            _maps.Add(new MapSketch(record.Id, (BpfMapType)record.Type, record.Extra, KernelText.Read(record.Name)));
    }

    /// <summary>Whether maps are known.</summary>
    public bool HasMaps { get; }

    /// <summary>All maps.</summary>
    public IReadOnlyList<MapSketch> Maps => _maps;

    /// <summary>Whether there is a program of a type.</summary>
    public bool HasProgram(BpfProgramType type) => _types.Contains(type);

    /// <summary>Bytes of a program's memory, as its descriptor tells them (bpf_prog_show_fdinfo); null for one that is not known.</summary>
    public long? Memlock(uint program) => _pages.TryGetValue(program, out uint pages) ? (long)pages * Environment.SystemPageSize : null;
}
