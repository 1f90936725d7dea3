using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Dump;

/// <summary>Writes bytecode as <c>bpftool prog dump xlated</c> does (tools/bpf/bpftool/xlated_dumper.c).</summary>
public static class XlatedWriter
{
    private const int FlushAt = 1 << 14, NumberWidth = 4;

    /// <summary>Text: prototypes, source lines, an instruction a line, its bytes below if wanted.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="code">The program.</param>
    /// <param name="details">What to print besides the instructions.</param>
    /// <param name="colour">Whether for a terminal that shows colours.</param>
    public static void WriteText(TextWriter output, ProgramCode code, DumpDetails details, bool colour)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(code);
        var instructions = new InstructionText(code);
        var text = new TextOutput();
        ITokenOutput tokens = colour ? new AnsiOutput(text) : text;
        SourceCursor sources = SourcesOf(code);
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
        {
            if (instructions.PrototypeAt(item.Index) is { } prototype)
            {
                tokens.Write(TokenKind.Function, prototype);
                text.Write(":\n");
            }

            if (sources.At((ulong)item.Index) is { } source)
            {
                tokens.Write(TokenKind.Comment, $"; {InstructionText.Source(source, details.LineNumbers)}");
                text.Write("\n");
            }

            WriteNumber(text, item.Index);
            instructions.Write(item, tokens);
            text.Write("\n");
            if (details.Opcodes)
            {
                text.Write("       ");
                text.Write(instructions.Hex(item));
                text.Write("\n");
            }

            if (text.Written.Length < FlushAt) continue;
            output.Write(text.Written);
            text.Clear();
        }

        output.Write(text.Written);
    }

    /// <summary>JSON: an array with an object an instruction, bpftool's keys.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="code">The program.</param>
    /// <param name="details">What to print besides the instructions.</param>
    public static void WriteJson(Utf8JsonWriter json, ProgramCode code, DumpDetails details)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(code);
        var instructions = new InstructionText(code);
        var text = new TextOutput();
        SourceCursor sources = SourcesOf(code);
        json.WriteStartArray();
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
        {
            json.WriteStartObject();
            if (instructions.PrototypeAt(item.Index) is { } prototype) json.WriteString("proto", prototype);
            if (sources.At((ulong)item.Index) is { } source) WriteSource(json, source, details.LineNumbers);
            text.Clear();
            instructions.Write(item, text);
            json.WriteString("disasm", text.Written);
            if (details.Opcodes) WriteOpcodes(json, code.Instructions.Slice(item.Index, item.Slots));
            json.WriteEndObject();
            if (json.BytesPending >= FlushAt) json.Flush();
        }

        json.WriteEndArray();
    }

    /// <summary>The keys of a source line.</summary>
    internal static void WriteSource(Utf8JsonWriter json, CodeLine source, bool withNumbers)
    {
        json.WriteString("src", source.Text.TrimStart());
        if (!withNumbers) return;
        json.WriteString("file", source.File);
        if (source.Line != 0) json.WriteNumber("line_num", source.Line);
        if (source.Column != 0) json.WriteNumber("line_col", source.Column);
    }

    private static SourceCursor SourcesOf(ProgramCode code) => new(code.Lines, [.. code.Lines.Select(line => (ulong)line.Slot)]);

    // C's "% 4d: ".
    private static void WriteNumber(TextOutput text, int slot)
    {
        Span<char> number = stackalloc char[16];
        number.Fill(' ');
        Span<char> digits = stackalloc char[12];
        slot.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        int width = Math.Max(NumberWidth, length + 1);
        digits[..length].CopyTo(number[(width - length)..]);
        number[width] = ':';
        text.Write(number[..(width + 2)]);
    }

    private static void WriteOpcodes(Utf8JsonWriter json, ReadOnlySpan<Instruction> slots)
    {
        Instruction first = slots[0];
        json.WriteStartObject("opcodes");
        json.WriteString("code", $"0x{first.Code:x2}");
        json.WriteString("src_reg", $"0x{first.Src:x}");
        json.WriteString("dst_reg", $"0x{first.Dst:x}");
        Span<byte> off = stackalloc byte[sizeof(short)];
        BinaryPrimitives.WriteInt16LittleEndian(off, first.Off);
        WriteBytes(json, "off", off);
        Span<byte> imm = stackalloc byte[slots.Length > 1 ? sizeof(int) + Instruction.Size : sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(imm, first.Imm);
        if (slots.Length > 1) slots[1].Write(imm[sizeof(int)..]);
        WriteBytes(json, "imm", imm);
        json.WriteEndObject();
    }

    /// <summary>An array of bytes as bpftool prints them.</summary>
    internal static void WriteBytes(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes)
    {
        json.WriteStartArray(name);
        foreach (byte b in bytes) json.WriteStringValue($"0x{b:x2}");
        json.WriteEndArray();
    }
}
