using Skep.Bpf;
using Skep.Debug.Machine.Memory;
using Skep.Inventory.Code;

namespace Skep.Debug.Machine.Image;

/// <summary>A map that a program refers to, as it is to be created.</summary>
/// <param name="Name">Its name; programs of one machine that refer to a map of the same name share it.</param>
/// <param name="Type">The type.</param>
/// <param name="KeySize">Bytes of a key.</param>
/// <param name="ValueSize">Bytes of a value, of one CPU.</param>
/// <param name="MaxEntries">Entries; bytes of a ring buffer, pages of an arena.</param>
public sealed record MapDefinition(string Name, BpfMapType Type, uint KeySize, uint ValueSize, uint MaxEntries)
{
    /// <summary><c>BPF_F_*</c> of creation.</summary>
    public MapFlags Flags { get; init; }

    /// <summary>Whether values have a <c>struct bpf_spin_lock</c>, which an update with <c>BPF_F_LOCK</c> takes.</summary>
    public bool HasSpinLock { get; init; }

    /// <summary>The fields of values that only calls change.</summary>
    public IReadOnlyList<SpecialField> Fields { get; init; } = [];

    /// <summary><c>map_extra</c>: the address of an arena, of which programs use the low half.</summary>
    public ulong Extra { get; init; }

    /// <summary>The kernel's id, where the map is there; 0 where it is not.</summary>
    public uint Id { get; init; }

    /// <summary>What the first value holds at the start: global variables.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Whether programs may write to its values.</summary>
    public bool IsWritable => (Flags & MapFlags.ReadOnlyForPrograms) == 0 && !Name.StartsWith(".rodata", StringComparison.Ordinal);

    /// <summary>The definition of a map of code.</summary>
    /// <returns>Null, with the reason, when its source does not tell enough.</returns>
    public static MapDefinition? Of(CodeMap map, out string? reason)
    {
        ArgumentNullException.ThrowIfNull(map);
        reason = map.Type is null ? $"the type of {map.Label} is not known"
            : map.KeySize is null && NeedsKey(map.Type.Value) ? $"the size of the keys of {map.Label} is not known"
            : map.ValueSize is null && NeedsValue(map.Type.Value) ? $"the size of the values of {map.Label} is not known"
            : null;
        if (reason is not null) return null;
        IReadOnlyList<SpecialField> fields = SpecialFields.Of(map);
        return new MapDefinition(map.Label, map.Type!.Value, map.KeySize ?? 0, map.ValueSize ?? 0, map.MaxEntries ?? 0)
        {
            Flags = map.Flags,
            Id = map.Id ?? 0,
            Content = map.Content,
            Fields = fields,
            HasSpinLock = fields.Any(field => field.Kind == SpecialFieldKind.Lock),
        };
    }

    private static bool NeedsKey(BpfMapType type) => type is not (BpfMapType.Queue or BpfMapType.Stack or BpfMapType.BloomFilter
        or BpfMapType.Ringbuf or BpfMapType.UserRingbuf or BpfMapType.Arena or BpfMapType.PerfEventArray);

    private static bool NeedsValue(BpfMapType type) =>
        type is not (BpfMapType.Ringbuf or BpfMapType.UserRingbuf or BpfMapType.Arena or BpfMapType.PerfEventArray or BpfMapType.ProgArray
            or BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps or BpfMapType.CgroupArray);
}
