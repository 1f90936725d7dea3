using System.Text.Json;
using Skep.Analysis.Dump;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Output;

namespace Skep.Analysis.Drawing;

/// <summary>
/// The control flow of a program as JSON: its functions with their blocks, numbered from 0 within each, and the arrows between them.
/// </summary>
public static class FlowJsonWriter
{
    private static readonly string[] s_kinds = ["always", "taken", "not_taken"];

    /// <summary>Writes an object.</summary>
    public static void Write(Utf8JsonWriter json, ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(code);
        var text = new InstructionText(code);
        json.WriteStartObject();
        if (code.Info is { } info) json.WriteNumber("id", info.Id);
        json.WriteString("name", code.Name);
        json.WriteStartArray("functions");
        foreach (FlowPart part in FlowFunctions.Of(code)) WriteFunction(json, code, part, text);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Why an arrow is there.</summary>
    internal static string KindOf(GraphArrow arrow) => s_kinds[arrow.Kind];

    private static void WriteFunction(Utf8JsonWriter json, ProgramCode code, FlowPart part, InstructionText text)
    {
        json.WriteStartObject();
        json.WriteString("name", part.Name);
        json.WriteStartArray("blocks");
        for (int i = 0; i < part.Blocks.Count; i++) WriteBlock(json, code, i, part.Blocks[i], text);
        json.WriteEndArray();
        json.WriteObjects("arrows", part.Arrows, arrow =>
        {
            json.WriteNumber("from", arrow.From);
            json.WriteNumber("to", arrow.To);
            json.WriteString("kind", KindOf(arrow));
        });
        json.WriteEndObject();
    }

    private static void WriteBlock(Utf8JsonWriter json, ProgramCode code, int number, BasicBlock block, InstructionText text)
    {
        var line = new TextOutput();
        json.WriteStartObject();
        json.WriteNumber("block", number);
        json.WriteNumber("first", block.Start);
        json.WriteNumber("end", block.End);
        if (block.Returns) json.WriteBoolean("returns", true);
        json.WriteStartArray("insns");
        foreach ((CodeLine? source, DecodedInstruction item) in FlowFunctions.Lines(code, block))
        {
            json.WriteStartObject();
            json.WriteNumber("insn", item.Index);
            if (source is not null) json.WriteString("src", InstructionText.Source(source, withNumbers: false));
            line.Clear();
            text.Write(item, line);
            json.WriteString("text", line.Written);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
