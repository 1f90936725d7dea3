namespace Skep.Isa;

/// <summary>
/// The fields' part of decoding: which variant of an opcode they select, and whether the unused ones are zero, as the verifier
/// demands ("uses reserved fields").
/// </summary>
internal static class FieldRules
{
    private const ulong DstField = 0xful << 8;
    private const ulong SrcField = 0xful << 12;
    private const ulong OffField = 0xfffful << 16;
    private const ulong ImmField = 0xfffffffful << 32;

    public static DecodeFault Check(ref OperationKind kind, Instruction slot)
    {
        switch (kind)
        {
            case OperationKind.Arithmetic:
                return CheckArithmetic(ref kind, slot);
            case OperationKind.Move:
                return CheckMove(ref kind, slot);
            case OperationKind.Negate:
                return Check(slot, SrcField | OffField | ImmField, usesSrc: false);
            case OperationKind.ToLittleEndian or OperationKind.ToBigEndian or OperationKind.ByteSwap:
                var fault = Check(slot, SrcField | OffField, usesSrc: false);
                return fault == DecodeFault.None && slot.Imm is not (16 or 32 or 64) ? DecodeFault.InvalidSwapWidth : fault;
            case OperationKind.Load or OperationKind.LoadSignExtend or OperationKind.Store
                or OperationKind.ProbeLoad or OperationKind.ProbeLoadSignExtend
                or OperationKind.ArenaLoad or OperationKind.ArenaLoadSignExtend or OperationKind.ArenaStore:
                return Check(slot, ImmField, usesSrc: true);
            case OperationKind.StoreImmediate or OperationKind.ArenaStoreImmediate:
                return Check(slot, SrcField, usesSrc: false);
            case OperationKind.Atomic or OperationKind.ArenaAtomic:
                return CheckAtomic(ref kind, slot);
            case OperationKind.LoadPacketAbsolute:
                return Reserved(slot, DstField | SrcField | OffField);
            case OperationKind.LoadPacketIndirect:
                return Check(slot, DstField | OffField, usesSrc: true);
            case OperationKind.Jump or OperationKind.MayGoto:
                return Reserved(slot, DstField | SrcField | ImmField);
            case OperationKind.JumpLong:
                return Reserved(slot, DstField | SrcField | OffField);
            case OperationKind.JumpIndirect:
                return Check(slot, SrcField | OffField | ImmField, usesSrc: false);
            case OperationKind.JumpConditional:
                var register = slot.Source == OperandSource.Register;
                return Check(slot, register ? ImmField : SrcField, usesSrc: register);
            case OperationKind.CallHelper:
                return CheckCall(ref kind, slot);
            case OperationKind.CallIndirect:
                // LLVM before 19 put the register into the immediate.
                return slot.Dst == 0 && slot.Imm is > 0 and <= (int)Register.R10
                    ? Reserved(slot, SrcField | OffField)
                    : Check(slot, SrcField | OffField | ImmField, usesSrc: false);
            case OperationKind.Exit:
                return Reserved(slot, DstField | SrcField | OffField | ImmField);
            default:
                return DecodeFault.None;
        }
    }

    private static DecodeFault CheckArithmetic(ref OperationKind kind, Instruction slot)
    {
        var register = slot.Source == OperandSource.Register;
        var unused = register ? ImmField : SrcField;
        if (slot.Off == 0)
            return Check(slot, unused, register);
        if ((AluOp)slot.Op is not (AluOp.Div or AluOp.Mod))
            return DecodeFault.ReservedField;
        if (slot.Off != 1)
            return DecodeFault.UnknownVariant;
        kind = (AluOp)slot.Op == AluOp.Div ? OperationKind.SignedDivide : OperationKind.SignedModulo;
        return Check(slot, unused, register);
    }

    private static DecodeFault CheckMove(ref OperationKind kind, Instruction slot)
    {
        if (slot.Source == OperandSource.Immediate)
            return Check(slot, SrcField | OffField, usesSrc: false);
        var wide = slot.Class == InstructionClass.Alu64;
        switch (slot.Off)
        {
            case 0:
                return Check(slot, ImmField, usesSrc: true);
            case 8 or 16:
            case 32 when wide:
                kind = OperationKind.MoveSignExtend;
                return Check(slot, ImmField, usesSrc: true);
            case MoveOffset.AddressSpaceCast when wide:
                kind = OperationKind.AddressSpaceCast;
                return Check(slot, 0, usesSrc: true);
            case MoveOffset.PerCpu when wide:
                kind = OperationKind.PerCpuAddress;
                return Check(slot, ImmField, usesSrc: true);
            default:
                return DecodeFault.UnknownVariant;
        }
    }

    private static DecodeFault CheckAtomic(ref OperationKind kind, Instruction slot)
    {
        var arena = kind == OperationKind.ArenaAtomic;
        switch ((AtomicOp)slot.Imm)
        {
            case AtomicOp.LoadAcquire:
                kind = arena ? kind : OperationKind.LoadAcquire;
                break;
            case AtomicOp.StoreRelease:
                kind = arena ? kind : OperationKind.StoreRelease;
                break;
            case AtomicOp.Add or AtomicOp.Or or AtomicOp.And or AtomicOp.Xor
                or AtomicOp.FetchAdd or AtomicOp.FetchOr or AtomicOp.FetchAnd or AtomicOp.FetchXor
                or AtomicOp.Exchange or AtomicOp.CompareExchange
                when slot.MemorySize is MemorySize.Word or MemorySize.Double:
                break;
            default:
                return DecodeFault.UnknownAtomic;
        }

        return Check(slot, 0, usesSrc: true);
    }

    private static DecodeFault CheckCall(ref OperationKind kind, Instruction slot)
    {
        switch (slot.Src)
        {
            case CallSource.Helper:
                return Reserved(slot, DstField | OffField);
            case CallSource.Local:
                // The kernel writes the distance into the offset of a verified program's local calls.
                kind = OperationKind.CallLocal;
                return Reserved(slot, DstField);
            case CallSource.Kfunc:
                kind = OperationKind.CallKfunc;
                return Reserved(slot, DstField);
            default:
                return DecodeFault.UnknownPseudoSource;
        }
    }

    private static DecodeFault Check(Instruction slot, ulong unused, bool usesSrc) =>
        slot.Dst > (byte)Register.Ax || (usesSrc && slot.Src > (byte)Register.Ax)
            ? DecodeFault.InvalidRegister
            : Reserved(slot, unused);

    private static DecodeFault Reserved(Instruction slot, ulong unused) =>
        (slot.Raw & unused) != 0 ? DecodeFault.ReservedField : DecodeFault.None;
}
