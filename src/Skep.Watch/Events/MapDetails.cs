using Skep.Bpf;
using Skep.Linux.Kernel;

namespace Skep.Watch.Events;

/// <summary>A map. What is not known is null.</summary>
public sealed record MapDetails
{
    /// <summary>The kernel's id.</summary>
    public uint? Id { get; init; }

    /// <summary>The type, by bpftool's name.</summary>
    public string? Type { get; init; }

    /// <summary>The name that it was given.</summary>
    public string? Name { get; init; }

    /// <summary>Bytes of a key.</summary>
    public uint? KeySize { get; init; }

    /// <summary>Bytes of a value.</summary>
    public uint? ValueSize { get; init; }

    /// <summary>Entries; bytes of a ring buffer.</summary>
    public uint? MaxEntries { get; init; }

    /// <summary><c>BPF_F_*</c> of the map.</summary>
    public uint? Flags { get; init; }

    /// <summary>Its BTF object.</summary>
    public uint? BtfId { get; init; }

    /// <summary>Of a map of maps: the map that was its pattern.</summary>
    public uint? InnerMapId { get; init; }

    internal static MapDetails Of(in MapRecord map) => new()
    {
        Id = map.Id,
        Type = ((BpfMapType)map.Type).Name(),
        Name = KernelText.Read(map.Name),
        KeySize = map.KeySize,
        ValueSize = map.ValueSize,
        MaxEntries = map.MaxEntries,
        Flags = map.Flags,
        BtfId = map.BtfId == 0 ? null : map.BtfId,
    };

    internal static MapDetails Of(in RefRecord reference) => new()
    {
        Id = reference.Id, Type = ((BpfMapType)reference.Type).Name(), Name = KernelText.Read(reference.Name),
    };

    internal void WriteTo(IFieldWriter writer)
    {
        writer.Begin("map");
        writer.Number("id", Id);
        writer.Text("type", Type);
        writer.Text("name", Name);
        writer.Number("bytes_key", KeySize);
        writer.Number("bytes_value", ValueSize);
        writer.Number("max_entries", MaxEntries);
        writer.Number("flags", Flags);
        writer.Number("btf_id", BtfId);
        writer.Number("inner_map_id", InnerMapId);
        writer.End();
    }

    internal void WriteTo(ILineWriter lines)
    {
        lines.Line("map type", Type);
        lines.Name("map name", Name);
        lines.Line("map id", Id);
        lines.Line("key size", KeySize);
        lines.Line("value size", ValueSize);
        lines.Line("max entries", MaxEntries);
        lines.Line("map flags", Flags is > 0 ? $"0x{Flags:x}" : null);
        lines.Line("btf id", BtfId);
        lines.Line("inner map id", InnerMapId);
    }
}
