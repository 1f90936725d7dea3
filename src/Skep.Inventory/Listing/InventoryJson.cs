using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>The parts of JSON that all kinds of objects share.</summary>
public static class InventoryJson
{
    public static void WritePins(Utf8JsonWriter json, IReadOnlyList<string> paths)
    {
        json.WriteStartArray("pinned"u8);
        foreach (string path in paths) json.WriteStringValue(path);
        json.WriteEndArray();
    }

    public static void WriteOwners(Utf8JsonWriter json, IReadOnlyList<Owner> owners)
    {
        if (owners.Count == 0) return;
        json.WriteObjects("pids", owners, owner =>
        {
            json.WriteNumber("pid"u8, owner.Pid);
            json.WriteString("comm"u8, owner.Comm);
        });
    }

    public static void WriteAttachments(Utf8JsonWriter json, IReadOnlyList<Attachment> places)
    {
        if (places.Count == 0) return;
        json.WriteObjects("attach", places, place =>
        {
            json.WriteString("how"u8, place.Kind.Name());
            if (place.Point is { } point) json.WriteString("attach_type"u8, point.Name);
            if (place.Target is { } target) json.WriteString("target"u8, target.Text);
            if (place.LinkId != 0) json.WriteNumber("link_id"u8, place.LinkId);
        });
    }

    public static void WriteIds(Utf8JsonWriter json, string name, IReadOnlyList<uint> ids, bool always = false)
    {
        if (ids.Count == 0 && !always) return;
        json.WriteStartArray(name);
        foreach (uint id in ids) json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    /// <summary>The device of an offloaded object: <c>print_dev_json</c> of bpftool.</summary>
    public static void WriteDevice(Utf8JsonWriter json, uint ifIndex, ulong netnsDev, ulong netnsInode)
    {
        if (ifIndex == 0) return;
        json.WriteStartObject("dev"u8);
        json.WriteNumber("ifindex"u8, ifIndex);
        json.WriteNumber("ns_dev"u8, netnsDev);
        json.WriteNumber("ns_inode"u8, netnsInode);
        json.WriteEndObject();
    }

    public static void WriteType(Utf8JsonWriter json, string key, BpfProgramType type) =>
        WriteNamed(json, key, (uint)type, BpfProgramTypeNames.KnownCount, type.Name());

    public static void WriteType(Utf8JsonWriter json, string key, BpfMapType type) =>
        WriteNamed(json, key, (uint)type, BpfMapTypeNames.KnownCount, type.Name());

    public static void WriteType(Utf8JsonWriter json, string key, BpfLinkType type) =>
        WriteNamed(json, key, (uint)type, BpfLinkTypeNames.KnownCount, type.Name());

    public static void WriteType(Utf8JsonWriter json, string key, BpfAttachType type) =>
        WriteNamed(json, key, (uint)type, BpfAttachTypeNames.KnownCount, type.Name());

    // The kernel's name of a value, or its number where this build does not know it.
    private static void WriteNamed(Utf8JsonWriter json, string key, uint value, int known, string name)
    {
        if (value < known) json.WriteString(key, name);
        else json.WriteNumber(key, value);
    }
}
