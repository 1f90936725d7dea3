using System.Text.Json;
using Skep.Analysis.Dump;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Output;
using NativeInstruction = Iced.Intel.Instruction;

namespace Skep.Analysis.Jited;

/// <summary>Writes the machine code of loaded programs as <c>bpftool prog dump jited</c> does (tools/bpf/bpftool/jit_disasm.c).</summary>
public static class JitedWriter
{
    /// <summary>Text: a function after the other; in each, source lines and instructions with their distance from its start.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="code">The program.</param>
    /// <param name="details">What to print besides the instructions.</param>
    /// <param name="colour">Whether for a terminal that shows colours.</param>
    /// <exception cref="NotSupportedException">There is no machine code, it may not be read, or it is of another machine.</exception>
    public static void WriteText(TextWriter output, ProgramCode code, DumpDetails details, bool colour)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(code);
        var text = new TextOutput();
        ITokenOutput tokens = colour ? new AnsiOutput(text) : text;
        var disassembler = new NativeDisassembler(code.Kernel.Symbols);
        foreach (JitedFunction function in JitedFunction.Of(code))
        {
            if (function.Prototype is { } prototype) Line(TokenKind.Function, $"{prototype}:");
            Line(TokenKind.KernelSymbol, $"{function.Name}:");
            var sources = new SourceCursor(function.Lines, function.LineStarts);
            foreach (NativeInstruction instruction in NativeDisassembler.Decode(function.Code, function.Address))
            {
                if (sources.At(instruction.IP) is { } source)
                    Line(TokenKind.Comment, $"; {InstructionText.Source(source, details.LineNumbers)}");
                int at = (int)(instruction.IP - function.Address);
                tokens.Write(TokenKind.Opcode, $"{at,4:x}:");
                text.Write("\t");
                disassembler.Write(instruction, tokens);
                text.Write("\n");
                if (!details.Opcodes) continue;
                text.Write("\t");
                foreach (byte b in function.Code.Slice(at, instruction.Length).Span) text.Write($"{b:x2} ");
                text.Write("\n");
            }

            text.Write("\n");
            output.Write(text.Written);
            text.Clear();
        }

        void Line(TokenKind kind, string line)
        {
            tokens.Write(kind, line);
            text.Write("\n");
        }
    }

    /// <summary>JSON: an array with one object per function, bpftool's keys. The symbol of a call's target is <c>symbol</c>.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="code">The program.</param>
    /// <param name="details">What to print besides the instructions.</param>
    /// <exception cref="NotSupportedException">There is no machine code, it may not be read, or it is of another machine.</exception>
    public static void WriteJson(Utf8JsonWriter json, ProgramCode code, DumpDetails details)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(code);
        IReadOnlyList<JitedFunction> functions = JitedFunction.Of(code);
        var disassembler = new NativeDisassembler(code.Kernel.Symbols);
        json.WriteObjects(functions, function =>
        {
            if (function.Prototype is { } prototype) json.WriteString("proto", prototype);
            json.WriteString("name", function.Name);
            json.WriteStartArray("insns");
            var sources = new SourceCursor(function.Lines, function.LineStarts);
            foreach (NativeInstruction instruction in NativeDisassembler.Decode(function.Code, function.Address))
            {
                json.WriteStartObject();
                if (sources.At(instruction.IP) is { } source) XlatedWriter.WriteSource(json, source, details.LineNumbers);
                int at = (int)(instruction.IP - function.Address);
                json.WriteString("pc", $"0x{at:x}");
                json.WriteString("operation", disassembler.Mnemonic(instruction));
                WriteOperands(json, disassembler, instruction);
                if (disassembler.Symbol(instruction) is { } symbol) json.WriteString("symbol", symbol);
                if (details.Opcodes) XlatedWriter.WriteBytes(json, "opcodes", function.Code.Slice(at, instruction.Length).Span);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>The machine code of all functions, one after the other.</summary>
    /// <exception cref="NotSupportedException">There is none, or it may not be read.</exception>
    public static ReadOnlyMemory<byte> CodeOf(ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        return JitedFunction.CodeOf(code);
    }

    // bpftool gives an instruction without operands a null for them.
    private static void WriteOperands(Utf8JsonWriter json, NativeDisassembler disassembler, in NativeInstruction instruction)
    {
        json.WriteStartArray("operands");
        bool any = false;
        foreach (string operand in disassembler.Operands(instruction))
        {
            json.WriteStringValue(operand);
            any = true;
        }

        if (!any) json.WriteNullValue();
        json.WriteEndArray();
    }
}
