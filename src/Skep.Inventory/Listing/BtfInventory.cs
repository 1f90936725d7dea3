using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Writes BTF objects as <c>bpftool btf show</c> does.</summary>
/// <param name="around">Who holds them.</param>
/// <param name="users">Which programs and maps use them.</param>
public sealed class BtfInventory(Surroundings around, BtfUsers users) : IInventoryWriter<BpfBtfInfo>
{
    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter json, BpfBtfInfo entry)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(entry);
        json.WriteStartObject();
        json.WriteNumber("id", entry.Id);
        json.WriteNumber("size", entry.Size);
        InventoryJson.WriteIds(json, "prog_ids", users.Programs(entry.Id), always: true);
        InventoryJson.WriteIds(json, "map_ids", users.Maps(entry.Id), always: true);
        InventoryJson.WriteOwners(json, around.Owners.OfBtf(entry.Id));
        json.WriteBoolean("kernel", entry.IsKernel);
        if (entry.Name.Length > 0) json.WriteString("name", entry.Name);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void WriteText(TextWriter output, BpfBtfInfo entry)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(entry);
        string name = SafeText.Escape(entry.Name);
        output.Write($"{entry.Id}: name {(entry.IsKernel ? $"[{name}]" : name.Length > 0 ? name : "<anon>")}  size {entry.Size}B");
        InventoryText.WriteIds(output, "prog_ids", users.Programs(entry.Id));
        InventoryText.WriteIds(output, "map_ids", users.Maps(entry.Id));
        InventoryText.WriteOwners(output, around.Owners.OfBtf(entry.Id));
        output.Write('\n');
    }
}
