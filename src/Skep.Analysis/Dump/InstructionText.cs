using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Output;

namespace Skep.Analysis.Dump;

/// <summary>The instructions of a program as <c>bpftool prog dump xlated</c> prints them, and what it prints around them.</summary>
internal sealed class InstructionText
{
    private const string HexDigits = "0123456789abcdef";

    private readonly ProgramCode _code;
    private readonly Disassembler _disassembler;
    private readonly Dictionary<int, string> _prototypes = [];

    public InstructionText(ProgramCode code)
    {
        _code = code;
        _disassembler =
            new Disassembler(new DisassemblerOptions { Form = code.Form, Symbols = DumpSymbols.Of(code), ExplainFaults = true });
        if (code.Btf is not { } btf) return;
        foreach (CodeFunction function in code.Functions)
            if (PrototypeText.Of(btf, function.TypeId) is { } prototype) _prototypes[function.Slot] = SafeText.Escape(prototype);
    }

    /// <summary>The prototype of the function that starts at a slot; null when none does, or without BTF.</summary>
    public string? PrototypeAt(int slot) => _prototypes.GetValueOrDefault(slot);

    /// <summary>A source line, without the blanks that it begins with.</summary>
    public static string Source(CodeLine line, bool withNumbers)
    {
        string text = SafeText.Printable(line.Text.TrimStart());
        return withNumbers ? $"{text} [file:{SafeText.Printable(line.File)} line_num:{line.Line} line_col:{line.Column}]" : text;
    }

    public void Write(in DecodedInstruction item, ITokenOutput output) => _disassembler.Write(item, output);

    /// <summary>The bytes of an instruction, two digits each, with blanks between.</summary>
    public string Hex(in DecodedInstruction item)
    {
        ReadOnlySpan<byte> bytes = _code.Bytes.Span.Slice(item.Index * Instruction.Size, item.Slots * Instruction.Size);
        Span<char> text = stackalloc char[(3 * bytes.Length) - 1];
        text.Fill(' ');
        for (int i = 0; i < bytes.Length; i++) (text[3 * i], text[(3 * i) + 1]) = (HexDigits[bytes[i] >> 4], HexDigits[bytes[i] & 15]);
        return text.ToString();
    }
}
