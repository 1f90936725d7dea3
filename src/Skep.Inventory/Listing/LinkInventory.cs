using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Objects;

namespace Skep.Inventory.Listing;

/// <summary>Writes links as <c>bpftool link show</c> does; kinds that version 7.1 does not tell apart, as later versions do.</summary>
/// <param name="around">Who holds them.</param>
public sealed class LinkInventory(Surroundings around) : IInventoryWriter<LinkEntry>
{
    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter json, LinkEntry entry)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(entry);
        BpfLinkInfo info = entry.Info;
        json.WriteStartObject();
        json.WriteNumber("id", info.Id);
        InventoryJson.WriteType(json, "type", info.Type);
        json.WriteNumber("prog_id", info.ProgramId);
        LinkTargetJson.Write(json, entry, around.Machine);
        InventoryJson.WritePins(json, around.Pins.OfLink(info.Id));
        InventoryJson.WriteOwners(json, around.Owners.OfLink(info.Id));
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void WriteText(TextWriter output, LinkEntry entry)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(entry);
        BpfLinkInfo info = entry.Info;
        output.Write($"{info.Id}: {info.Type.Name()}  ");
        output.Write(info.Target is BpfLinkTarget.StructOps ops ? $"map {ops.MapId}  " : $"prog {info.ProgramId}  ");
        LinkTargetText.Write(output, entry, around.Machine);
        InventoryText.WritePins(output, around.Pins.OfLink(info.Id));
        InventoryText.WriteOwners(output, around.Owners.OfLink(info.Id));
        output.Write('\n');
    }
}
