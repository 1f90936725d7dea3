namespace Skep.Isa;

/// <summary>Writes instructions as text, token by token. Safe for use by several threads when the symbol resolver is.</summary>
public sealed class Disassembler
{
    private readonly DisassemblerOptions _options;

    /// <summary>A disassembler with kernel notation for programs as loaded, without names.</summary>
    public Disassembler()
        : this(new DisassemblerOptions())
    {
    }

    /// <summary>A disassembler.</summary>
    public Disassembler(DisassemblerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Writes one instruction, without slot number and end of line.</summary>
    public void Write(in DecodedInstruction item, ITokenOutput output)
    {
        var writer = new TokenWriter(output);
        if (_options.Syntax == Syntax.Kernel)
            KernelFormat.Write(item, _options, writer);
        else
            LlvmFormat.Write(item, _options, writer);
        if (_options.ExplainFaults && !item.IsValid)
            writer.Comment(item.Fault.Describe());
    }

    /// <summary>One instruction as text.</summary>
    public string Text(in DecodedInstruction item)
    {
        var output = new TextOutput();
        Write(item, output);
        return output.ToString();
    }

    /// <summary>
    /// Writes a whole program as <c>bpftool prog dump xlated</c> does: a line for each instruction, numbered by slots, so that a
    /// two-slot instruction takes two numbers.
    /// </summary>
    /// <param name="program">All slots of the program.</param>
    /// <param name="output">Takes the tokens; line ends are of kind <see cref="TokenKind.Space"/>.</param>
    public void WriteListing(ReadOnlySpan<Instruction> program, ITokenOutput output)
    {
        var writer = new TokenWriter(output);
        foreach (var item in Decoder.Decode(program))
        {
            writer.SlotNumber(item.Index);
            Write(item, output);
            writer.EndLine();
        }
    }
}
