namespace Skep.Isa;

/// <summary>
/// The kernel's notation: what <c>print_bpf_insn</c> of kernel/bpf/disasm.c prints with bpftool's callbacks (tools/bpf/bpftool/
/// xlated_dumper.c). Like the kernel it goes by the opcode alone, so that a word with a fault prints as the kernel would print it.
/// Forms that came after Linux 6.18 (<c>gotox</c>, <c>callx</c>) are those of the kernel that brought them.
/// </summary>
internal static class KernelFormat
{
    /// <summary>What C's printf makes of a null string: the kernel's tables have holes.</summary>
    private const string Null = "(null)";

    public static void Write(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        var slot = item.First;
        switch (slot.Class)
        {
            case InstructionClass.Alu or InstructionClass.Alu64:
                WriteAlu(slot, writer);
                break;
            case InstructionClass.Jmp or InstructionClass.Jmp32:
                KernelJumpFormat.Write(item, options, writer);
                break;
            case InstructionClass.Ldx:
                WriteLoad(slot, writer);
                break;
            case InstructionClass.Stx:
                WriteStore(slot, writer);
                break;
            case InstructionClass.St:
                WriteStoreImmediate(slot, writer);
                break;
            default:
                WriteLd(item, options, writer);
                break;
        }
    }

    private static void WriteAlu(Instruction slot, TokenWriter writer)
    {
        var narrow = slot.Class == InstructionClass.Alu;
        var registerSource = slot.Source == OperandSource.Register;
        var wideMove = slot.Code == 0xbf;
        writer.Opcode(slot.Code);
        if ((AluOp)slot.Op == AluOp.End)
        {
            writer.Register(slot.Dst);
            writer.Operator("=");
            writer.Keyword(!narrow ? "bswap" : registerSource ? "be" : "le");
            writer.Decimal(slot.Imm);
            writer.Space();
            writer.Register(slot.Dst);
            return;
        }

        writer.Register(slot.Dst, narrow);
        if ((AluOp)slot.Op == AluOp.Neg)
        {
            writer.Operator("=");
            writer.OperatorAlone("-");
            writer.Register(slot.Dst, narrow);
        }
        else if (wideMove && slot.Off == MoveOffset.AddressSpaceCast)
        {
            writer.Operator("=");
            writer.Keyword("addr_space_cast");
            writer.Punctuation("(");
            writer.Register(slot.Src);
            writer.Punctuation(", ");
            writer.Decimal((uint)slot.Imm >> 16);
            writer.Punctuation(", ");
            writer.Decimal((ushort)slot.Imm);
            writer.Punctuation(")");
        }
        else if (wideMove && slot.Off == MoveOffset.PerCpu)
        {
            writer.Operator("=");
            writer.OperatorAlone("&");
            writer.Punctuation("(");
            writer.Size("void __percpu *");
            writer.Punctuation(")(");
            writer.Register(slot.Src);
            writer.Punctuation(")");
        }
        else
        {
            writer.Operator(Operator(slot));
            if (!registerSource)
            {
                writer.Decimal(slot.Imm);
                return;
            }

            if ((AluOp)slot.Op == AluOp.Mov && slot.Off is 8 or 16 or 32)
                Cast(Notation.Signed(slot.Off), writer);
            writer.Register(slot.Src, narrow);
        }
    }

    private static string Operator(Instruction slot) => ((AluOp)slot.Op, slot.Off) switch
    {
        (AluOp.Div, 1) => "s/=",
        (AluOp.Mod, 1) => "s%=",
        _ => Notation.Arithmetic(slot.Op) ?? Null,
    };

    private static void WriteLoad(Instruction slot, TokenWriter writer)
    {
        if (slot.Mode is not (MemoryMode.Mem or MemoryMode.MemSx))
        {
            writer.InvalidOpcode("BUG_ldx_", slot.Code);
            return;
        }

        writer.Opcode(slot.Code);
        writer.Register(slot.Dst);
        writer.Operator("=");
        var size = slot.Mode == MemoryMode.Mem ? Notation.Unsigned(slot.MemorySize) : Notation.Signed(slot.MemorySize) ?? Null;
        writer.OperatorAlone("*");
        Address(size, slot.Src, slot.Off, writer);
    }

    private static void WriteStoreImmediate(Instruction slot, TokenWriter writer)
    {
        if (slot.Mode == MemoryMode.NoSpec)
        {
            writer.Opcode(slot.Code);
            writer.Keyword("nospec");
        }
        else if (slot.Mode != MemoryMode.Mem)
        {
            writer.InvalidOpcode("BUG_st_", slot.Code);
        }
        else
        {
            writer.Opcode(slot.Code);
            writer.OperatorAlone("*");
            Address(Notation.Unsigned(slot.MemorySize), slot.Dst, slot.Off, writer);
            writer.Operator("=");
            writer.Decimal(slot.Imm);
        }
    }

    private static void WriteStore(Instruction slot, TokenWriter writer)
    {
        if (slot.Mode == MemoryMode.Mem)
        {
            writer.Opcode(slot.Code);
            writer.OperatorAlone("*");
            Address(Notation.Unsigned(slot.MemorySize), slot.Dst, slot.Off, writer);
            writer.Operator("=");
            writer.Register(slot.Src);
        }
        else if (slot.Mode == MemoryMode.Atomic && Enum.IsDefined((AtomicOp)slot.Imm))
        {
            writer.Opcode(slot.Code);
            WriteAtomic(slot, (AtomicOp)slot.Imm, writer);
        }
        else
        {
            writer.InvalidOpcode("BUG_", slot.Code);
        }
    }

    private static void WriteAtomic(Instruction slot, AtomicOp op, TokenWriter writer)
    {
        var size = Notation.Unsigned(slot.MemorySize);
        var atomic = slot.MemorySize == MemorySize.Double ? "atomic64_" : "atomic_";
        switch (op)
        {
            case AtomicOp.Add or AtomicOp.Or or AtomicOp.And or AtomicOp.Xor:
                writer.Keyword("lock");
                writer.Space();
                writer.OperatorAlone("*");
                Address(size, slot.Dst, slot.Off, writer);
                writer.Operator(Notation.Arithmetic((byte)op) ?? Null);
                writer.Register(slot.Src);
                return;
            case AtomicOp.LoadAcquire:
                writer.Register(slot.Dst);
                writer.Operator("=");
                writer.Keyword("load_acquire");
                writer.Punctuation("(");
                Address(size, slot.Src, slot.Off, writer);
                break;
            case AtomicOp.StoreRelease:
                writer.Keyword("store_release");
                writer.Punctuation("(");
                Address(size, slot.Dst, slot.Off, writer);
                writer.Punctuation(", ");
                writer.Register(slot.Src);
                break;
            default:
                var compares = op == AtomicOp.CompareExchange;
                writer.Register(compares ? 0 : slot.Src);
                writer.Operator("=");
                writer.Keyword(atomic);
                if (op is not (AtomicOp.Exchange or AtomicOp.CompareExchange))
                    writer.Keyword("fetch_");
                writer.Keyword(compares ? "cmpxchg" : op == AtomicOp.Exchange ? "xchg" : Notation.AtomicName(op));
                writer.Punctuation("(");
                Address(size, slot.Dst, slot.Off, writer);
                writer.Punctuation(", ");
                if (compares)
                {
                    writer.Register(0);
                    writer.Punctuation(", ");
                }

                writer.Register(slot.Src);
                break;
        }

        writer.Punctuation(")");
    }

    private static void WriteLd(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        var slot = item.First;
        if (slot.IsWide)
        {
            writer.Opcode(slot.Code);
            writer.Register(slot.Dst);
            writer.Operator("=");
            WideOperand.Write(item, options, writer);
            return;
        }

        if (slot.Mode is not (MemoryMode.Abs or MemoryMode.Ind))
        {
            writer.InvalidOpcode("BUG_ld_", slot.Code);
            return;
        }

        writer.Opcode(slot.Code);
        writer.Register(0);
        writer.Operator("=");
        writer.OperatorAlone("*");
        Cast(Notation.Unsigned(slot.MemorySize), writer, pointer: true);
        writer.Keyword("skb");
        writer.Punctuation("[");
        if (slot.Mode == MemoryMode.Ind)
        {
            writer.Register(slot.Src);
            writer.Operator("+");
        }

        writer.Decimal(slot.Imm);
        writer.Punctuation("]");
    }

    private static void Cast(string type, TokenWriter writer, bool pointer = false)
    {
        writer.Punctuation("(");
        writer.Size(type);
        writer.Punctuation(pointer ? " *)" : ")");
    }

    /// <summary><c>(u32 *)(r1 +8)</c></summary>
    private static void Address(string type, int register, short offset, TokenWriter writer)
    {
        Cast(type, writer, pointer: true);
        writer.Punctuation("(");
        writer.Register(register);
        writer.Space();
        writer.Signed(offset);
        writer.Punctuation(")");
    }
}
