using System.Buffers.Binary;
using System.Text.Json;
using Skep.Isa;

namespace Skep.Watch.Dump;

/// <summary>Writes listings as <c>bpftool prog dump</c> does.</summary>
public static class ListingWriter
{
    private const int NumberWidth = 4;

    /// <summary>Text: an instruction a line, its bytes below if wanted.</summary>
    public static void WriteText(TextWriter output, CodeListing listing, bool opcodes, bool colour)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(listing);
        Disassembler disassembler = DisassemblerOf(listing);
        var line = new TextOutput();
        ITokenOutput target = colour ? new AnsiOutput(line) : line;
        ReadOnlySpan<Instruction> code = Decoder.Slots(listing.Code.Span);
        foreach (DecodedInstruction item in Decoder.Decode(code))
        {
            output.Write($"{item.Index,NumberWidth}: ");
            line.Clear();
            disassembler.Write(item, target);
            output.WriteLine(line.Written);
            if (!opcodes) continue;
            output.Write("       ");
            for (int slot = 0; slot < item.Slots; slot++)
                output.Write((slot > 0 ? " " : "") + Spaced(code[(int)item.Index + slot]));
            output.WriteLine();
        }
    }

    /// <summary>JSON: an array with an object an instruction, bpftool's keys.</summary>
    public static void WriteJson(Utf8JsonWriter json, CodeListing listing, bool opcodes)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(listing);
        Disassembler disassembler = DisassemblerOf(listing);
        ReadOnlySpan<Instruction> code = Decoder.Slots(listing.Code.Span);
        json.WriteStartArray();
        foreach (DecodedInstruction item in Decoder.Decode(code))
        {
            json.WriteStartObject();
            json.WriteString("disasm", disassembler.Text(item));
            if (opcodes) WriteOpcodes(json, code.Slice((int)item.Index, item.Slots));
            json.WriteEndObject();
        }

        json.WriteEndArray();
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

    private static void WriteBytes(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes)
    {
        json.WriteStartArray(name);
        foreach (byte b in bytes) json.WriteStringValue($"0x{b:x2}");
        json.WriteEndArray();
    }

    private static string Spaced(Instruction slot)
    {
        string hex = slot.ToString();
        return string.Join(' ', Enumerable.Range(0, Instruction.Size).Select(i => hex.Substring(2 * i, 2)));
    }

    private static Disassembler DisassemblerOf(CodeListing listing) =>
        new(new DisassemblerOptions { Form = listing.Form, Symbols = listing.Symbols, ExplainFaults = true });
}
