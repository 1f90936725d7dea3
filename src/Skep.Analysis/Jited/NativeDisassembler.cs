using Iced.Intel;
using Skep.Isa;
using Skep.Linux.Kernel;
using NativeDecoder = Iced.Intel.Decoder;
using NativeInstruction = Iced.Intel.Instruction;
using Register = Iced.Intel.Register;

namespace Skep.Analysis.Jited;

/// <summary>Machine code of x86-64 in the notation of GNU objdump, which bpftool prints.</summary>
internal sealed class NativeDisassembler
{
    private const int Bits = 64, MnemonicWidth = 6;

    private readonly GasFormatter _formatter = new();
    private readonly KernelSymbols? _symbols;

    /// <param name="symbols">The kernel's; null when they are not known.</param>
    public NativeDisassembler(KernelSymbols? symbols)
    {
        _symbols = symbols;
        FormatterOptions options = _formatter.Options;
        options.HexPrefix = "0x";
        options.HexSuffix = "";
        options.UppercaseHex = false;
        options.SmallHexNumbersInDecimal = false;
        options.BranchLeadingZeros = false;
        options.SpaceAfterOperandSeparator = false;
        options.ShowBranchSize = false;
        options.SignedImmediateOperands = false;
        options.SignedMemoryDisplacements = true;
        options.RipRelativeAddresses = true;
        options.UsePseudoOps = false;
    }

    /// <summary>The instructions of a function.</summary>
    /// <param name="code">Its machine code.</param>
    /// <param name="address">Where the kernel keeps it; 0 when that is hidden.</param>
    public static IEnumerable<NativeInstruction> Decode(ReadOnlyMemory<byte> code, ulong address)
    {
        NativeDecoder decoder = NativeDecoder.Create(Bits, new ByteArrayCodeReader(code.ToArray()), address);
        ulong end = address + (ulong)code.Length;
        while (decoder.IP < end) yield return decoder.Decode();
    }

    /// <summary>
    /// One instruction; a call or jump out of the function with the kernel's symbol, <c>call   0xffffffff812f0a90
    /// &lt;bpf_ktime_get_ns&gt;</c>.
    /// </summary>
    public void Write(in NativeInstruction instruction, ITokenOutput output)
    {
        var tokens = new Tokens(output);
        Prepare(instruction);
        _formatter.FormatMnemonic(instruction, tokens);
        int operands = _formatter.GetOperandCount(instruction);
        if (operands == 0) return;
        output.Write(TokenKind.Space, "          ".AsSpan(0, Math.Max(1, MnemonicWidth + 1 - tokens.Length)));
        for (int i = 0; i < operands; i++)
        {
            if (i > 0) output.Write(TokenKind.Punctuation, ",");
            _formatter.FormatOperand(instruction, tokens, i);
        }

        if (Symbol(instruction) is not { } symbol) return;
        output.Write(TokenKind.Space, " ");
        output.Write(TokenKind.KernelSymbol, $"<{symbol}>");
    }

    /// <summary>The mnemonic of an instruction with its prefixes.</summary>
    public string Mnemonic(in NativeInstruction instruction)
    {
        var text = new TextOutput();
        _formatter.FormatMnemonic(instruction, new Tokens(text));
        return text.ToString();
    }

    /// <summary>The operands of an instruction, the destination last.</summary>
    public IEnumerable<string> Operands(NativeInstruction instruction)
    {
        Prepare(instruction);
        int operands = _formatter.GetOperandCount(instruction);
        for (int i = 0; i < operands; i++)
        {
            var text = new TextOutput();
            _formatter.FormatOperand(instruction, new Tokens(text), i);
            yield return text.ToString();
        }
    }

    /// <summary>The kernel's symbol of the target of a call or jump; null for none.</summary>
    public string? Symbol(in NativeInstruction instruction) =>
        instruction.FlowControl is FlowControl.Call or FlowControl.UnconditionalBranch or FlowControl.ConditionalBranch
            && instruction.NearBranchTarget != 0
            ? _symbols?.Name(instruction.NearBranchTarget)
            : null;

    // objdump shows a displacement that is encoded, if it is zero, and the scale of an index.
    private void Prepare(in NativeInstruction instruction)
    {
        _formatter.Options.ShowZeroDisplacements = instruction.MemoryDisplSize != 0;
        _formatter.Options.AlwaysShowScale = instruction.MemoryIndex != Register.None;
    }

    private sealed class Tokens(ITokenOutput output) : FormatterOutput
    {
        /// <summary>Characters written.</summary>
        public int Length { get; private set; }

        public override void Write(string text, FormatterTextKind kind)
        {
            Length += text.Length;
            output.Write(KindOf(kind), text);
        }

        private static TokenKind KindOf(FormatterTextKind kind) => kind switch
        {
            FormatterTextKind.Mnemonic or FormatterTextKind.Prefix or FormatterTextKind.Keyword or FormatterTextKind.Directive =>
                TokenKind.Keyword,
            FormatterTextKind.Register => TokenKind.Register,
            FormatterTextKind.Number => TokenKind.Number,
            FormatterTextKind.LabelAddress or FormatterTextKind.FunctionAddress => TokenKind.Label,
            FormatterTextKind.Operator => TokenKind.Operator,
            _ => TokenKind.Punctuation,
        };
    }
}
