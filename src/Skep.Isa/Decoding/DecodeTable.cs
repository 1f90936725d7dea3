namespace Skep.Isa;

/// <summary>What each of the 256 opcodes is, before its fields are looked at.</summary>
internal static class DecodeTable
{
    public static ReadOnlySpan<OperationKind> Kinds => _kinds;

    private static readonly OperationKind[] _kinds = Build();

    private static OperationKind[] Build()
    {
        var kinds = new OperationKind[256];
        for (var code = 0; code < 256; code++)
            kinds[code] = Of(new Instruction((ulong)code));
        return kinds;
    }

    private static OperationKind Of(Instruction slot) => slot.Class switch
    {
        InstructionClass.Alu or InstructionClass.Alu64 => OfAlu(slot),
        InstructionClass.Jmp or InstructionClass.Jmp32 => OfJmp(slot),
        InstructionClass.Ldx => OfLoad(slot),
        InstructionClass.Stx => OfStore(slot),
        InstructionClass.St => slot.Mode switch
        {
            MemoryMode.Mem => OperationKind.StoreImmediate,
            MemoryMode.ProbeMem32 => OperationKind.ArenaStoreImmediate,
            _ => slot.Code == Opcodes.SpeculationBarrier ? OperationKind.SpeculationBarrier : OperationKind.Invalid,
        },
        _ => slot.MemorySize == MemorySize.Double ? OperationKind.Invalid : slot.Mode switch
        {
            MemoryMode.Abs => OperationKind.LoadPacketAbsolute,
            MemoryMode.Ind => OperationKind.LoadPacketIndirect,
            _ => OperationKind.Invalid,
        },
    };

    private static OperationKind OfAlu(Instruction slot) => (AluOp)slot.Op switch
    {
        AluOp.Neg => slot.Source == OperandSource.Immediate ? OperationKind.Negate : OperationKind.Invalid,
        AluOp.Mov => OperationKind.Move,
        AluOp.End when slot.Class == InstructionClass.Alu64 =>
            slot.Source == OperandSource.Immediate ? OperationKind.ByteSwap : OperationKind.Invalid,
        AluOp.End => slot.Source == OperandSource.Immediate ? OperationKind.ToLittleEndian : OperationKind.ToBigEndian,
        <= AluOp.Arsh => OperationKind.Arithmetic,
        _ => OperationKind.Invalid,
    };

    private static OperationKind OfJmp(Instruction slot) => slot.Code switch
    {
        Opcodes.Jump => OperationKind.Jump,
        Opcodes.JumpLong => OperationKind.JumpLong,
        Opcodes.JumpIndirect => OperationKind.JumpIndirect,
        Opcodes.Call => OperationKind.CallHelper,
        Opcodes.CallIndirect => OperationKind.CallIndirect,
        Opcodes.Exit => OperationKind.Exit,
        Opcodes.MayGoto => OperationKind.MayGoto,
        Opcodes.TailCall => OperationKind.TailCall,
        _ => (JumpOp)slot.Op is JumpOp.Ja or JumpOp.Call or JumpOp.Exit or JumpOp.Jcond or JumpOp.TailCall
            ? OperationKind.Invalid
            : OperationKind.JumpConditional,
    };

    private static OperationKind OfLoad(Instruction slot)
    {
        var wide = slot.MemorySize == MemorySize.Double;
        return slot.Mode switch
        {
            MemoryMode.Mem => OperationKind.Load,
            MemoryMode.MemSx => wide ? OperationKind.Invalid : OperationKind.LoadSignExtend,
            MemoryMode.ProbeMem => OperationKind.ProbeLoad,
            MemoryMode.ProbeMemSx => wide ? OperationKind.Invalid : OperationKind.ProbeLoadSignExtend,
            MemoryMode.ProbeMem32 => OperationKind.ArenaLoad,
            MemoryMode.ProbeMem32Sx => wide ? OperationKind.Invalid : OperationKind.ArenaLoadSignExtend,
            _ => OperationKind.Invalid,
        };
    }

    private static OperationKind OfStore(Instruction slot) => slot.Mode switch
    {
        MemoryMode.Mem => OperationKind.Store,
        MemoryMode.Atomic => OperationKind.Atomic,
        MemoryMode.ProbeMem32 => OperationKind.ArenaStore,
        MemoryMode.ProbeAtomic => OperationKind.ArenaAtomic,
        _ => OperationKind.Invalid,
    };
}
