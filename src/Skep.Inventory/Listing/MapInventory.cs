using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Writes maps as <c>bpftool map show</c> does.</summary>
/// <param name="around">Who holds them.</param>
public sealed class MapInventory(Surroundings around) : IInventoryWriter<MapEntry>
{
    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter json, MapEntry entry)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(entry);
        BpfMapInfo info = entry.Info;
        json.WriteStartObject();
        json.WriteNumber("id", info.Id);
        InventoryJson.WriteType(json, "type", info.Type);
        if (info.Name.Length > 0) json.WriteString("name", info.Name);
        json.WriteNumber("flags", info.Flags);
        InventoryJson.WriteDevice(json, info.IfIndex, info.NetnsDev, info.NetnsInode);
        json.WriteNumber("bytes_key", info.KeySize);
        json.WriteNumber("bytes_value", info.ValueSize);
        json.WriteNumber("max_entries", info.MaxEntries);
        if (entry.Memlock is { } memlock) json.WriteNumber("bytes_memlock", memlock);
        if (entry.OwnerProgramType is { } owner)
            InventoryJson.WriteType(json, "owner_prog_type", owner);
        if (entry.OwnerJited is { } jited) json.WriteBoolean("owner_jited", jited);
        json.WriteNumber("frozen", entry.Frozen == true ? 1 : 0);
        if (info.BtfId != 0) json.WriteNumber("btf_id", info.BtfId);
        InventoryJson.WritePins(json, around.Pins.OfMap(info.Id));
        InventoryJson.WriteOwners(json, around.Owners.OfMap(info.Id));
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void WriteText(TextWriter output, MapEntry entry)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(entry);
        BpfMapInfo info = entry.Info;
        output.Write($"{info.Id}: {info.Type.Name()}  ");
        if (info.Name.Length > 0) output.Write($"name {SafeText.Escape(info.Name)}  ");
        output.Write($"flags 0x{info.Flags:x}");
        InventoryText.WriteDevice(output, info.IfIndex, info.NetnsDev, info.NetnsInode);
        output.Write($"\n\tkey {info.KeySize}B  value {info.ValueSize}B  max_entries {info.MaxEntries}");
        if (entry.Memlock is { } memlock) output.Write($"  memlock {memlock}B");
        if (entry.OwnerProgramType is not null || entry.OwnerJited is not null) output.Write("\n\t");
        if (entry.OwnerProgramType is { } owner) output.Write($"owner_prog_type {owner.Name()}  ");
        if (entry.OwnerJited is { } jited) output.Write(jited ? "owner jited" : "owner not jited");
        InventoryText.WritePins(output, around.Pins.OfMap(info.Id));
        bool frozen = entry.Frozen == true;
        if (info.BtfId != 0 || frozen) output.Write("\n\t");
        if (info.BtfId != 0) output.Write($"btf_id {info.BtfId}");
        if (frozen) output.Write(info.BtfId != 0 ? "  frozen" : "frozen");
        InventoryText.WriteOwners(output, around.Owners.OfMap(info.Id));
        output.Write('\n');
    }
}
