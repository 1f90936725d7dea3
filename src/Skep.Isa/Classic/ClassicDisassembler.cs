namespace Skep.Isa.Classic;

/// <summary>
/// Writes classic filters as <c>tcpdump -d</c> does (<c>bpf_image</c> of libpcap): <c>(001) jeq      #0x800           jt 2	jf 5</c>.
/// The one difference is <c>ldx #pktlen</c>, which the kernel takes and libpcap calls <c>unimp</c>. With
/// <see cref="ClassicUse.Seccomp"/> loads and returns get a comment that names them.
/// </summary>
public sealed class ClassicDisassembler(ClassicUse use = ClassicUse.Socket)
{
    private const int OperandWidth = 16;

    /// <summary>Writes one instruction with its number, without end of line.</summary>
    public void Write(in ClassicDecoded item, ITokenOutput output)
    {
        var writer = new TokenWriter(output);
        writer.ClassicNumber(item.Index);
        var mnemonic = Mnemonic(item);
        if (item.Kind == ClassicKind.Invalid)
            writer.Invalid(mnemonic);
        else
            writer.Keyword(mnemonic);
        writer.Spaces(9 - mnemonic.Length);
        WriteOperand(item, writer);
        // libpcap shows the targets of whatever has the class of jumps, known or not.
        if ((item.Slot.Code & 0x07) == 0x05 && (item.Slot.Code & 0xf0) != 0)
        {
            writer.Spaces(OperandWidth + 1 - OperandLength(item));
            WriteTarget("jt", (long)item.Index + 1 + item.Slot.Jt, writer);
            writer.Punctuation("\t");
            WriteTarget("jf", item.FalseTarget, writer);
        }

        if (use == ClassicUse.Seccomp)
            WriteSeccompComment(item, writer);
    }

    /// <summary>One instruction as text.</summary>
    public string Text(in ClassicDecoded item)
    {
        var output = new TextOutput();
        Write(item, output);
        return output.ToString();
    }

    /// <summary>Writes a whole filter, a line for each instruction.</summary>
    public void WriteListing(ReadOnlySpan<ClassicInstruction> filter, ITokenOutput output)
    {
        for (var i = 0; i < filter.Length; i++)
        {
            Write(ClassicDecoder.Decode(filter, i, use), output);
            new TokenWriter(output).EndLine();
        }
    }

    private static string Mnemonic(in ClassicDecoded item) => item.Kind switch
    {
        ClassicKind.LoadAbsolute or ClassicKind.LoadIndirect => item.Bytes switch { 1 => "ldb", 2 => "ldh", _ => "ld" },
        ClassicKind.LoadImmediate or ClassicKind.LoadLength or ClassicKind.LoadScratch => "ld",
        ClassicKind.LoadXImmediate or ClassicKind.LoadXLength or ClassicKind.LoadXScratch => "ldx",
        ClassicKind.LoadXHeaderLength => "ldxb",
        ClassicKind.Store => "st",
        ClassicKind.StoreX => "stx",
        ClassicKind.Negate => "neg",
        ClassicKind.Jump => "ja",
        ClassicKind.Return or ClassicKind.ReturnA => "ret",
        ClassicKind.Tax => "tax",
        ClassicKind.Txa => "txa",
        ClassicKind.Arithmetic => (item.Slot.Code & 0xf0) switch
        {
            0x00 => "add",
            0x10 => "sub",
            0x20 => "mul",
            0x30 => "div",
            0x40 => "or",
            0x50 => "and",
            0x60 => "lsh",
            0x70 => "rsh",
            0x90 => "mod",
            _ => "xor",
        },
        ClassicKind.JumpConditional => (item.Slot.Code & 0xf0) switch { 0x10 => "jeq", 0x20 => "jgt", 0x30 => "jge", _ => "jset" },
        _ => "unimp",
    };

    private static void WriteOperand(in ClassicDecoded item, TokenWriter writer)
    {
        var k = item.Slot.K;
        switch (item.Kind)
        {
            case ClassicKind.LoadAbsolute:
                writer.Punctuation("[");
                if (Ancillary.NameOf(k) is { } name)
                    writer.Name(name, TokenKind.KernelSymbol);
                else
                    writer.Decimal((int)k);
                writer.Punctuation("]");
                break;
            case ClassicKind.LoadIndirect:
                writer.Punctuation("[");
                writer.Keyword("x");
                writer.Operator("+");
                writer.Decimal((int)k);
                writer.Punctuation("]");
                break;
            case ClassicKind.LoadLength or ClassicKind.LoadXLength:
                writer.Keyword("#pktlen");
                break;
            case ClassicKind.LoadScratch or ClassicKind.LoadXScratch or ClassicKind.Store or ClassicKind.StoreX:
                writer.Keyword("M");
                writer.Punctuation("[");
                writer.Decimal((int)k);
                writer.Punctuation("]");
                break;
            case ClassicKind.LoadXHeaderLength:
                writer.Number("4");
                writer.OperatorAlone("*");
                writer.Punctuation("([");
                writer.Decimal((int)k);
                writer.Punctuation("]");
                writer.OperatorAlone("&");
                writer.Number("0xf");
                writer.Punctuation(")");
                break;
            case ClassicKind.Jump:
                writer.Decimal((int)item.TrueTarget, TokenKind.Label);
                break;
            case ClassicKind.Arithmetic or ClassicKind.JumpConditional when item.UsesX:
                writer.Keyword("x");
                break;
            case ClassicKind.LoadImmediate or ClassicKind.LoadXImmediate or ClassicKind.JumpConditional:
            case ClassicKind.Arithmetic when (item.Slot.Code & 0xf0) is 0x40 or 0x50 or 0xa0:
                writer.Hex(k, "#0x");
                break;
            case ClassicKind.Arithmetic or ClassicKind.Return:
                writer.Punctuation("#");
                writer.Decimal((int)k);
                break;
            case ClassicKind.Invalid:
                writer.Hex(item.Slot.Code);
                break;
        }
    }

    /// <summary>Length of a comparison's operand: <c>x</c>, <c>#0x800</c>, or the opcode of an unknown one.</summary>
    private static int OperandLength(in ClassicDecoded item)
    {
        var unknown = item.Kind == ClassicKind.Invalid;
        if (item.UsesX && !unknown)
            return 1;
        var digits = 1;
        for (var rest = (unknown ? item.Slot.Code : item.Slot.K) >> 4; rest != 0; rest >>= 4)
            digits++;
        return (unknown ? 2 : 3) + digits;
    }

    private static void WriteTarget(string keyword, long target, TokenWriter writer)
    {
        writer.Keyword(keyword);
        writer.Space();
        writer.Decimal(target, TokenKind.Label);
    }

    private static void WriteSeccompComment(in ClassicDecoded item, TokenWriter writer)
    {
        var text = item.Kind switch
        {
            ClassicKind.LoadAbsolute when item.Bytes == 4 => SeccompNames.Field(item.Slot.K),
            ClassicKind.Return => SeccompNames.Action(item.Slot.K),
            _ => null,
        };
        if (text is not null)
            writer.Comment(text);
    }
}
