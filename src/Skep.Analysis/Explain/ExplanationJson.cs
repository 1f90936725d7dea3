using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Isa;
using Skep.Output;

namespace Skep.Analysis.Explain;

/// <summary>Writes explanations as JSON. <c>insns</c> are the numbers of the instructions that prove a statement.</summary>
public static class ExplanationJson
{
    /// <summary>Writes one program's explanation, an object.</summary>
    public static void Write(Utf8JsonWriter json, Explanation about)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(about);
        json.WriteStartObject();
        WriteProgram(json, about);
        WriteStatements(json, "runs", about.Runs);
        WriteSystemd(json, about);
        json.WriteObjects("findings", about.Findings, finding =>
        {
            json.WriteString("name", finding.Name);
            json.WriteString("text", finding.Text);
            WriteSlots(json, finding.Slots);
        });
        WriteStatements(json, "reads", about.Reads);
        WriteStatements(json, "writes", about.Writes);
        WriteStatements(json, "returns", about.Returns);
        json.WriteStartObject("capabilities");
        foreach (IGrouping<string, CalledFunction> group in about.Calls.GroupBy(call => call.Capability))
        {
            json.WriteObjects(group.Key, group, call =>
            {
                json.WriteString("function", call.Name);
                WriteSlots(json, call.Slots);
            });
        }

        json.WriteEndObject();
        json.WriteStartArray("maps");
        foreach (MapUse use in about.Maps) Write(json, use);
        json.WriteEndArray();
        WriteRecordArray(json, about);
        WriteStatements(json, "shape", about.Shape);
        json.WriteEndObject();
    }

    /// <summary>Writes what a program sends to user space alone, an object.</summary>
    public static void WriteRecords(Utf8JsonWriter json, Explanation about)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(about);
        json.WriteStartObject();
        Text(json, "name", about.Code.Name);
        WriteRecordArray(json, about);
        json.WriteEndObject();
    }

    private static void WriteRecordArray(Utf8JsonWriter json, Explanation about)
    {
        json.WriteStartArray("records");
        foreach (OutputRecord record in about.Outputs) Write(json, record);
        json.WriteEndArray();
    }

    private static void WriteProgram(Utf8JsonWriter json, Explanation about)
    {
        ProgramCode code = about.Code;
        Text(json, "name", code.Name);
        if (code.Info is { } info)
        {
            json.WriteNumber("id", info.Id);
            json.WriteString("tag", info.Tag);
            json.WriteNumber("verified_insns", info.VerifiedInstructions);
            json.WriteNumber("bytes_xlated", info.XlatedLength);
            json.WriteNumber("bytes_jited", info.JitedLength);
        }

        Text(json, "type", code.Type?.Name());
        Text(json, "section", code.SectionName);
        Text(json, "target", code.Target);
        if (code.GplCompatible is { } gpl) json.WriteBoolean("gpl_compatible", gpl);
        json.WriteString("form", code.Form == ProgramForm.Translated ? "xlated" : "loaded");
        json.WriteNumber("insn_cnt", code.Instructions.Length);
        if (about.Attachments.Count > 0)
        {
            json.WriteObjects("attach", about.Attachments, place =>
            {
                json.WriteString("how", place.Kind.Name());
                Text(json, "type", place.Point?.Name);
                Text(json, "target", place.Target?.Text);
                if (place.LinkId != 0) json.WriteNumber("link_id", place.LinkId);
            });
        }

        Texts(json, "pinned", about.Pins);
    }

    private static void WriteSystemd(Utf8JsonWriter json, Explanation about)
    {
        if (about.Directives.Count == 0) return;
        json.WriteStartObject("systemd");
        Text(json, "unit", about.Unit);
        json.WriteObjects("directives", about.Directives, directive =>
        {
            Text(json, "unit", directive.Unit);
            json.WriteString("directive", directive.Directive);
            Texts(json, "values", directive.Values);
            WriteSlots(json, directive.Slots);
        });
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, MapUse use)
    {
        CodeMap map = use.Map;
        json.WriteStartObject();
        Text(json, "name", map.Name);
        Number(json, "id", map.Id);
        Number(json, "fd", map.Fd);
        Text(json, "type", map.Type?.Name());
        Number(json, "bytes_key", map.KeySize);
        Number(json, "bytes_value", map.ValueSize);
        Number(json, "max_entries", map.MaxEntries);
        Texts(json, "pinned", use.Pins);
        if (use.OtherPrograms.Count > 0)
        {
            json.WriteStartArray("shared_with");
            foreach ((uint id, string name) in use.OtherPrograms)
            {
                json.WriteStartObject();
                json.WriteNumber("id", id);
                json.WriteString("name", name);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        InventoryJson.WriteOwners(json, use.Owners);
        WriteSlots(json, use.Slots);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, OutputRecord record)
    {
        json.WriteStartObject();
        json.WriteString("sender", record.Sender);
        json.WriteNumber("insn", record.Slot);
        Number(json, "reserved_at", record.ReservedAt);
        Text(json, "map", record.Map?.Label);
        Number(json, "map_id", record.Map?.Id);
        Number(json, "size", record.Size);
        Text(json, "size_from", record.SizeText);
        Text(json, "struct", record.TypeName);
        if (record.TypeName is not null) json.WriteString("struct_by", NamedBy(record.TypedBy));
        Text(json, "note", record.Note);
        json.WriteObjects("fields", record.Fields, field =>
        {
            json.WriteNumber("offset", field.Offset);
            json.WriteNumber("size", field.Size);
            Text(json, "name", field.Name);
            if (field.Name is not null) json.WriteString("name_by", NamedBy(field.NamedBy));
            if (field.MaybeUnset) json.WriteBoolean("maybe_unset", true);
            json.WriteObjects("stored", field.Stored, value =>
            {
                json.WriteString("value", value.Text);
                json.WriteNumber("insn", value.Slot);
            });
        });
        json.WriteEndObject();
    }

    private static string NamedBy(NameSource source) => source switch
    {
        NameSource.MapType => "map_type",
        NameSource.SourceLine => "source_line",
        NameSource.SizeMatch => "size_match",
        _ => "none",
    };

    private static void WriteStatements(Utf8JsonWriter json, string name, IReadOnlyList<Statement> statements)
    {
        json.WriteObjects(name, statements, statement =>
        {
            json.WriteString("text", statement.Text);
            WriteSlots(json, statement.Slots);
            Text(json, "object", statement.Object);
        });
    }

    private static void WriteSlots(Utf8JsonWriter json, IReadOnlyList<int> slots)
    {
        if (slots.Count == 0) return;
        json.WriteStartArray("insns");
        foreach (int slot in slots) json.WriteNumberValue(slot);
        json.WriteEndArray();
    }

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0) return;
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }
}
