using System.Globalization;
using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Linux.Processes;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Writes programs as <c>bpftool prog show</c> does, then what bpftool does not tell.</summary>
/// <param name="around">Who holds them, and where they are attached.</param>
public sealed class ProgramInventory(Surroundings around) : IInventoryWriter<ProgramEntry>
{
    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter json, ProgramEntry entry)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        WriteKeys(json, entry);
        json.WriteEndObject();
    }

    /// <summary>Writes the keys of a program into an open object.</summary>
    public void WriteKeys(Utf8JsonWriter json, ProgramEntry entry)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(entry);
        BpfProgramInfo info = entry.Info;
        ProgramHead.WriteJson(json, info, entry.Name);
        if (entry.LoadedAt is { } loadedAt)
        {
            json.WriteNumber("loaded_at"u8, loadedAt);
            json.WriteNumber("uid"u8, info.CreatedByUid);
        }

        // Of a program whose offload device has been removed, the kernel gives no information (ENODEV): it is listed with that error.
        json.WriteBoolean("orphaned"u8, false);
        json.WriteNumber("bytes_xlated"u8, info.XlatedLength);
        json.WriteBoolean("jited"u8, info.JitedLength != 0);
        if (info.JitedLength != 0) json.WriteNumber("bytes_jited"u8, info.JitedLength);
        if (around.Memlock(info.Id) is { } memlock) json.WriteNumber("bytes_memlock"u8, memlock);
        InventoryJson.WriteIds(json, "map_ids", entry.MapIds);
        if (info.BtfId != 0) json.WriteNumber("btf_id"u8, info.BtfId);
        InventoryJson.WritePins(json, around.Pins.OfProgram(info.Id));
        IReadOnlyList<Owner> owners = around.Owners.OfProgram(info.Id);
        InventoryJson.WriteOwners(json, owners);
        WriteMetadata(json, entry);
        WriteOrigin(json, owners);
        InventoryJson.WriteAttachments(json, around.Attachments?.OfProgram(info.Id) ?? []);
        if (Keeper(info.Id, owners) is { } keeper) json.WriteString("kept_by"u8, keeper);
    }

    /// <inheritdoc/>
    public void WriteText(TextWriter output, ProgramEntry entry)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(entry);
        BpfProgramInfo info = entry.Info;
        ProgramHead.WriteText(output, info, entry.Name);
        if (entry.LoadedAt is { } loadedAt) output.Write($"\tloaded_at {LocalTime(loadedAt)}  uid {info.CreatedByUid}\n");
        output.Write($"\txlated {info.XlatedLength}B");
        output.Write(info.JitedLength != 0 ? $"  jited {info.JitedLength}B" : "  not jited");
        if (around.Memlock(info.Id) is { } memlock) output.Write($"  memlock {memlock}B");
        InventoryText.WriteIds(output, "map_ids", entry.MapIds);
        InventoryText.WritePins(output, around.Pins.OfProgram(info.Id));
        if (info.BtfId != 0) output.Write($"\n\tbtf_id {info.BtfId}");
        IReadOnlyList<Owner> owners = around.Owners.OfProgram(info.Id);
        InventoryText.WriteOwners(output, owners);
        IReadOnlyList<MetadataItem> metadata = around.Metadata.Of(entry);
        if (metadata.Count > 0) output.Write("\n\tmetadata:");
        foreach (MetadataItem item in metadata)
            output.Write($"\n\t\t{SafeText.Escape(item.Name)} = {(item.IsNumber ? item.Text : Quoted(item.Text))}");
        foreach (Attachment place in around.Attachments?.OfProgram(info.Id) ?? [])
            output.Write($"\n\tattached {AttachmentText.Line(place)}");
        if (owners.Count > 0) WriteOrigin(output, around.Processes.Of(owners[0].Pid));
        if (Keeper(info.Id, owners) is { } keeper) output.Write($"\n\tno process holds it: kept by {keeper}");
        output.Write('\n');
    }

    private void WriteMetadata(Utf8JsonWriter json, ProgramEntry entry)
    {
        IReadOnlyList<MetadataItem> metadata = around.Metadata.Of(entry);
        if (metadata.Count == 0) return;
        json.WriteStartObject("metadata"u8);
        foreach (MetadataItem item in metadata)
        {
            json.WritePropertyName(item.Name);
            if (item.IsNumber) json.WriteRawValue(item.Text);
            else json.WriteStringValue(item.Text);
        }

        json.WriteEndObject();
    }

    private void WriteOrigin(Utf8JsonWriter json, IReadOnlyList<Owner> owners)
    {
        if (owners.Count == 0) return;
        ProcessOrigin origin = around.Processes.Of(owners[0].Pid);
        if (origin.Exe is { } exe) json.WriteString("exe"u8, exe);
        if (origin.Unit is { } unit) json.WriteString("unit"u8, unit);
        if (origin.Container is { } container) json.WriteString("container"u8, container);
    }

    private static void WriteOrigin(TextWriter output, ProcessOrigin origin)
    {
        if (origin.Exe is not { } exe) return;
        output.Write($"\n\texe {SafeText.Escape(exe)}");
        if (origin.Unit is { } unit) output.Write($"  unit {SafeText.Escape(unit)}");
        if (origin.Container is { } container) output.Write($"  container {SafeText.Escape(container)}");
    }

    // What keeps a program that no process holds; null when one does, or when owners cannot be told.
    private string? Keeper(uint id, IReadOnlyList<Owner> owners)
    {
        if (owners.Count > 0 || around.Owners.Reason is not null) return null;
        bool pinned = around.Pins.OfProgram(id).Count > 0;
        bool attached = around.Attachments?.OfProgram(id).Count > 0;
        return (pinned, attached) switch
        {
            (true, true) => "pin and attachment",
            (true, false) => "pin",
            (false, true) => "attachment",
            _ => "unknown",
        };
    }

    private static string Quoted(string text) => $"\"{SafeText.Escape(text).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    // strftime's %FT%T%z.
    private static string LocalTime(long unixSeconds)
    {
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToLocalTime();
        char sign = time.Offset < TimeSpan.Zero ? '-' : '+';
        return string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-ddTHH:mm:ss}{sign}{time.Offset:hhmm}");
    }
}
