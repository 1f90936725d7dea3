using System.Text.Json;
using Skep.Analysis.Decompile;
using Skep.Analysis.Dump;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Output;

namespace Skep.Analysis.Listing;

/// <summary>
/// The bytecode of a program beside its pseudo-C, as JSON: the lines of <c>prog dump</c> and those of <c>prog decompile</c>, joined by the
/// number of the instruction.
/// </summary>
public static class CodeJsonWriter
{
    /// <summary>Writes an object.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="program">The program.</param>
    public static void Write(Utf8JsonWriter json, Decompilation program)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(program);
        ProgramCode code = program.Code;
        json.WriteStartObject();
        if (code.Name is { } name) json.WriteString("name", name);
        json.WriteString("form", code.Form == ProgramForm.Translated ? "translated" : "loaded");
        json.WriteStartArray("instructions");
        WriteInstructions(json, code);
        json.WriteEndArray();
        json.WriteStartArray("pseudo");
        foreach (PseudoLine line in DecompilationWriter.Lines(program))
        {
            json.WriteStartObject();
            json.WriteString("text", DecompilationWriter.Text(line));
            if (line.Slot >= 0) json.WriteNumber("pc", line.Slot);
            else json.WriteNull("pc");
            json.WriteEndObject();
            StreamOutput.FlushWhenFull(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteInstructions(Utf8JsonWriter json, ProgramCode code)
    {
        var instructions = new InstructionText(code);
        var text = new TextOutput();
        CodeLine? last = null;
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
        {
            json.WriteStartObject();
            json.WriteNumber("pc", item.Index);
            json.WriteString("hex", instructions.Hex(item));
            text.Clear();
            instructions.Write(item, text);
            json.WriteString("text", text.Written);
            if (instructions.PrototypeAt(item.Index) is { } prototype) json.WriteString("proto", prototype);
            if (code.LineAt(item.Index) is { } source && source != last)
            {
                json.WriteStartObject("source");
                json.WriteString("file", source.File);
                json.WriteNumber("line", source.Line);
                json.WriteString("text", InstructionText.Source(source, withNumbers: false));
                json.WriteEndObject();
                last = source;
            }

            json.WriteEndObject();
            StreamOutput.FlushWhenFull(json);
        }
    }
}
