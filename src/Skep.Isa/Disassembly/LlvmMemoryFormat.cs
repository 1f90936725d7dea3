namespace Skep.Isa;

/// <summary>Loads, stores and atomics in LLVM's notation.</summary>
internal static class LlvmMemoryFormat
{
    public static void Write(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        var narrow = options.NarrowRegisters && item.MemorySize != MemorySize.Double;
        switch (item.Kind)
        {
            case OperationKind.Load or OperationKind.LoadSignExtend:
                writer.Register((int)item.Dst, narrow && item.Kind == OperationKind.Load);
                writer.Operator("=");
                writer.OperatorAlone("*");
                Pointer(item.Kind == OperationKind.Load ? Notation.Unsigned(item.MemorySize) : Notation.Signed(item.MemorySize)!, writer);
                Address(item, item.Src, options, writer);
                break;
            case OperationKind.Store or OperationKind.StoreImmediate:
                writer.OperatorAlone("*");
                Pointer(Notation.Unsigned(item.MemorySize), writer);
                Address(item, item.Dst, options, writer);
                writer.Operator("=");
                if (item.Kind == OperationKind.Store)
                    writer.Register((int)item.Src, narrow);
                else
                    LlvmFormat.Number(item.Imm, options, writer);
                break;
            case OperationKind.LoadPacketAbsolute or OperationKind.LoadPacketIndirect:
                WritePacketLoad(item, options, writer);
                break;
            case OperationKind.LoadAcquire:
                writer.Register((int)item.Dst, narrow);
                writer.Operator("=");
                writer.Keyword("load_acquire");
                writer.Punctuation("(");
                Pointer(Notation.Unsigned(item.MemorySize), writer);
                Address(item, item.Src, options, writer);
                writer.Punctuation(")");
                break;
            case OperationKind.StoreRelease:
                writer.Keyword("store_release");
                writer.Punctuation("(");
                Pointer(Notation.Unsigned(item.MemorySize), writer);
                Address(item, item.Dst, options, writer);
                writer.Punctuation(", ");
                writer.Register((int)item.Src, narrow);
                writer.Punctuation(")");
                break;
            default:
                WriteAtomic(item, narrow, options, writer);
                break;
        }
    }

    private static void WriteAtomic(in DecodedInstruction item, bool narrow, DisassemblerOptions options, TokenWriter writer)
    {
        var wide = item.MemorySize == MemorySize.Double;
        var src = (int)item.Src;
        switch (item.AtomicOp)
        {
            case AtomicOp.Add or AtomicOp.Or or AtomicOp.And or AtomicOp.Xor:
                writer.Keyword("lock");
                writer.Space();
                writer.OperatorAlone("*");
                Pointer(Notation.Unsigned(item.MemorySize), writer);
                Address(item, item.Dst, options, writer);
                writer.Operator(Notation.Arithmetic((byte)item.AtomicOp)!);
                writer.Register(src, narrow);
                return;
            case AtomicOp.Exchange:
                writer.Register(src, narrow);
                writer.Operator("=");
                writer.Keyword(wide ? "xchg_64" : "xchg32_32");
                Address(item, item.Dst, options, writer, closing: ", ");
                break;
            case AtomicOp.CompareExchange:
                writer.Register(0, narrow);
                writer.Operator("=");
                writer.Keyword(wide ? "cmpxchg_64" : "cmpxchg32_32");
                Address(item, item.Dst, options, writer, closing: ", ");
                writer.Register(0, narrow);
                writer.Punctuation(", ");
                break;
            default:
                writer.Register(src, narrow);
                writer.Operator("=");
                writer.Keyword("atomic_fetch_");
                writer.Keyword(Notation.AtomicName(item.AtomicOp));
                writer.Punctuation("(");
                Pointer(Notation.Unsigned(item.MemorySize), writer);
                Address(item, item.Dst, options, writer);
                writer.Punctuation(", ");
                break;
        }

        writer.Register(src, narrow);
        writer.Punctuation(")");
    }

    private static void WritePacketLoad(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        writer.Register(0);
        writer.Operator("=");
        writer.OperatorAlone("*");
        Pointer(Notation.Unsigned(item.MemorySize), writer);
        writer.Keyword("skb");
        writer.Punctuation("[");
        if (item.Kind == OperationKind.LoadPacketIndirect)
            writer.Register((int)item.Src);
        else
            LlvmFormat.Number(item.Imm, options, writer);
        writer.Punctuation("]");
    }

    private static void Pointer(string type, TokenWriter writer)
    {
        writer.Punctuation("(");
        writer.Size(type);
        writer.Punctuation(" *)");
    }

    /// <summary><c>(r1 + 0x8)</c></summary>
    private static void Address(
        in DecodedInstruction item, Register register, DisassemblerOptions options, TokenWriter writer, string closing = ")")
    {
        writer.Punctuation("(");
        writer.Register((int)register);
        writer.Operator(item.Offset < 0 ? "-" : "+");
        LlvmFormat.Number(Math.Abs((int)item.Offset), options, writer);
        writer.Punctuation(closing);
    }
}
