namespace Skep.Isa;

/// <summary>Whose notation to write.</summary>
public enum Syntax : byte
{
    /// <summary>kernel/bpf/disasm.c and bpftool: <c>(61) r2 = *(u32 *)(r1 +0)</c>.</summary>
    Kernel,

    /// <summary>llvm-objdump: <c>w2 = *(u32 *)(r1 + 0x0)</c>.</summary>
    Llvm,
}

/// <summary>How to write disassembly.</summary>
public sealed record DisassemblerOptions
{
    /// <summary>The notation.</summary>
    public Syntax Syntax { get; init; }

    /// <summary>Whose view of the program the instructions are.</summary>
    public ProgramForm Form { get; init; }

    /// <summary>Names for what instructions refer to.</summary>
    public ISymbolResolver? Symbols { get; init; }

    /// <summary>LLVM notation: numbers in decimal, as llvm-objdump 14 writes them, not in hexadecimal as 15 and later do.</summary>
    public bool DecimalNumbers { get; init; }

    /// <summary>
    /// LLVM notation: <c>w</c> registers for loads and stores of up to 32 bits, as llvm-objdump writes them with the feature
    /// <c>alu32</c> (cpu v3 and later, which is the default from LLVM 20).
    /// </summary>
    public bool NarrowRegisters { get; init; } = true;

    /// <summary>Whether a word with a fault gets the fault as a comment after its text: <c> ; reserved field is not zero</c>.</summary>
    public bool ExplainFaults { get; init; }
}
