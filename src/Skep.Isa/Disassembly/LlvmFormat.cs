namespace Skep.Isa;

/// <summary>
/// llvm-objdump's notation: that of BPFInstrInfo.td and BPFInstPrinter.cpp. What LLVM does not know prints as
/// <c>&lt;unknown&gt;</c>, and so does a word with a fault.
/// </summary>
internal static class LlvmFormat
{
    public static void Write(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        if (!item.IsValid)
        {
            writer.Invalid("<unknown>");
            return;
        }

        switch (item.Kind)
        {
            case >= OperationKind.Arithmetic and <= OperationKind.AddressSpaceCast:
                WriteAlu(item, options, writer);
                break;
            case >= OperationKind.LoadNumber and <= OperationKind.LoadMapIndexValue:
                WriteWide(item, options, writer);
                break;
            case >= OperationKind.LoadPacketAbsolute and <= OperationKind.StoreRelease:
                LlvmMemoryFormat.Write(item, options, writer);
                break;
            case >= OperationKind.Jump and <= OperationKind.Exit and not OperationKind.TailCall:
                WriteJump(item, options, writer);
                break;
            default:
                writer.Invalid("<unknown>");
                break;
        }
    }

    public static void Number(long value, DisassemblerOptions options, TokenWriter writer)
    {
        if (options.DecimalNumbers)
            writer.Decimal(value);
        else if (value < 0)
            writer.Hex((ulong)-value, "-0x");
        else
            writer.Hex((ulong)value);
    }

    private static void WriteAlu(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        var swap = item.Kind is OperationKind.ToLittleEndian or OperationKind.ToBigEndian or OperationKind.ByteSwap;
        var narrow = item.Is32Bit && !swap;
        var dst = (int)item.Dst;
        writer.Register(dst, narrow);
        switch (item.Kind)
        {
            case OperationKind.Negate:
                writer.Operator("=");
                writer.OperatorAlone("-");
                writer.Register(dst, narrow);
                return;
            case OperationKind.ToLittleEndian or OperationKind.ToBigEndian or OperationKind.ByteSwap:
                writer.Operator("=");
                writer.Keyword(item.Kind == OperationKind.ByteSwap ? "bswap" : item.Kind == OperationKind.ToBigEndian ? "be" : "le");
                writer.Decimal(item.ConversionBits);
                writer.Space();
                writer.Register(dst);
                return;
            case OperationKind.AddressSpaceCast:
                writer.Operator("=");
                writer.Keyword("addr_space_cast");
                writer.Punctuation("(");
                writer.Register((int)item.Src);
                writer.Punctuation(", ");
                Number((uint)item.Imm >> 16, options, writer);
                writer.Punctuation(", ");
                Number((ushort)item.Imm, options, writer);
                writer.Punctuation(")");
                return;
            case OperationKind.MoveSignExtend:
                writer.Operator("=");
                writer.Punctuation("(");
                writer.Size(Notation.Signed(item.ConversionBits));
                writer.Punctuation(")");
                break;
            case OperationKind.SignedDivide:
                writer.Operator("s/=");
                break;
            case OperationKind.SignedModulo:
                writer.Operator("s%=");
                break;
            default:
                writer.Operator(Notation.Arithmetic((byte)item.AluOp)!);
                break;
        }

        if (item.UsesSourceRegister)
            writer.Register((int)item.Src, narrow);
        else
            Number(item.Imm, options, writer);
    }

    private static void WriteWide(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        if (item.Kind == OperationKind.LoadNumber)
        {
            writer.Register((int)item.Dst);
            writer.Operator("=");
            Number((long)item.Imm64, options, writer);
            writer.Space();
            writer.Keyword("ll");
            return;
        }

        writer.Keyword("ld_pseudo");
        writer.Punctuation("\t");
        writer.Register((int)item.Dst);
        writer.Punctuation(", ");
        Number(item.First.Src, options, writer);
        writer.Punctuation(", ");
        Number((uint)item.Imm, options, writer);
    }

    private static void WriteJump(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        switch (item.Kind)
        {
            case OperationKind.Exit:
                writer.Keyword("exit");
                return;
            case OperationKind.CallHelper or OperationKind.CallLocal or OperationKind.CallKfunc:
                writer.Keyword("call");
                writer.Space();
                Number(item.Imm, options, writer);
                return;
            case OperationKind.CallIndirect or OperationKind.JumpIndirect:
                writer.Keyword(item.Kind == OperationKind.CallIndirect ? "callx" : "gotox");
                writer.Space();
                writer.Register(item.Kind == OperationKind.JumpIndirect || item.Imm == 0 ? (int)item.Dst : item.Imm);
                return;
            case OperationKind.JumpConditional:
                writer.Keyword("if");
                writer.Space();
                writer.Register((int)item.Dst, item.Is32Bit);
                writer.Operator(Notation.Jump((byte)item.Condition)!);
                if (item.UsesSourceRegister)
                    writer.Register((int)item.Src, item.Is32Bit);
                else
                    Number(item.Imm, options, writer);
                writer.Space();
                break;
        }

        writer.Keyword(item.Kind switch { OperationKind.JumpLong => "gotol", OperationKind.MayGoto => "may_goto", _ => "goto" });
        writer.Space();
        WriteDistance(item, options, writer);
    }

    private static void WriteDistance(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        var distance = item.JumpDistance;
        if (options.DecimalNumbers)
            writer.Signed(distance, TokenKind.Label);
        else if (distance < 0)
            writer.Hex((ulong)-(long)distance, "-0x");
        else
            writer.Hex((ulong)distance, "+0x");
        if (options.Symbols?.Label(item.Target()) is not { } label)
            return;
        writer.Space();
        writer.Punctuation("<");
        writer.Name(label, TokenKind.Label);
        writer.Punctuation(">");
    }
}
