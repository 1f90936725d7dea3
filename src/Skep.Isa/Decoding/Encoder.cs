using System.Runtime.InteropServices;

namespace Skep.Isa;

/// <summary>Slots from decoded instructions, the inverse of <see cref="Decoder"/>.</summary>
public static class Encoder
{
    /// <summary>
    /// Writes an instruction's slots. A valid one is composed from its kind and operands; a faulty one is written as it was
    /// found.
    /// </summary>
    /// <returns>Slots written, 1 or 2.</returns>
    /// <exception cref="ArgumentException">No room in <paramref name="slots"/>.</exception>
    public static int Encode(in DecodedInstruction item, Span<Instruction> slots)
    {
        if (slots.Length < item.Slots)
        {
            throw new ArgumentException(
                $"encoding the instruction at slot {item.Index}: room for {slots.Length} of {item.Slots} slots (pass a longer span)",
                nameof(slots));
        }

        slots[0] = item.IsValid ? Compose(item) : item.First;
        if (item.Slots == 2)
            slots[1] = item.IsValid ? new Instruction(0, 0, 0, 0, (int)(item.Imm64 >> 32)) : item.Second;
        return item.Slots;
    }

    /// <summary>The bytes of a program, without a copy; <see cref="Decoder.Slots"/> the other way.</summary>
    /// <exception cref="PlatformNotSupportedException">On a big-endian machine.</exception>
    public static ReadOnlySpan<byte> Bytes(ReadOnlySpan<Instruction> program) => BitConverter.IsLittleEndian
        ? MemoryMarshal.AsBytes(program)
        : throw new PlatformNotSupportedException("viewing BPF instructions as bytes: this machine is big-endian (use Instruction.Write)");

    private static Instruction Compose(in DecodedInstruction item)
    {
        var alu = item.Is32Bit ? InstructionClass.Alu : InstructionClass.Alu64;
        var source = item.UsesSourceRegister ? OperandSource.Register : OperandSource.Immediate;
        return item.Kind switch
        {
            OperationKind.Arithmetic => Alu(item, alu, item.AluOp, source, 0),
            OperationKind.SignedDivide => Alu(item, alu, AluOp.Div, source, 1),
            OperationKind.SignedModulo => Alu(item, alu, AluOp.Mod, source, 1),
            OperationKind.Move => Alu(item, alu, AluOp.Mov, source, 0),
            OperationKind.MoveSignExtend => Alu(item, alu, AluOp.Mov, OperandSource.Register, (short)item.ConversionBits),
            OperationKind.PerCpuAddress => Alu(item, alu, AluOp.Mov, OperandSource.Register, MoveOffset.PerCpu),
            OperationKind.AddressSpaceCast => new(
                Opcodes.Alu(alu, AluOp.Mov, OperandSource.Register), (int)item.Dst, (int)item.Src, MoveOffset.AddressSpaceCast, item.Imm),
            OperationKind.Negate => new(Opcodes.Alu(alu, AluOp.Neg, OperandSource.Immediate), (int)item.Dst, 0, 0, 0),
            OperationKind.ToLittleEndian => Swap(item, InstructionClass.Alu, OperandSource.Immediate),
            OperationKind.ToBigEndian => Swap(item, InstructionClass.Alu, OperandSource.Register),
            OperationKind.ByteSwap => Swap(item, InstructionClass.Alu64, OperandSource.Immediate),
            OperationKind.LoadNumber => Wide(item, WideSource.Number),
            OperationKind.LoadMap => Wide(item, WideSource.MapFd),
            OperationKind.LoadMapValue => Wide(item, WideSource.MapValue),
            OperationKind.LoadBtfId => Wide(item, WideSource.BtfId),
            OperationKind.LoadFunction => Wide(item, WideSource.Function),
            OperationKind.LoadMapIndex => Wide(item, WideSource.MapIndex),
            OperationKind.LoadMapIndexValue => Wide(item, WideSource.MapIndexValue),
            OperationKind.LoadPacketAbsolute => new(
                Opcodes.Memory(InstructionClass.Ld, MemoryMode.Abs, item.MemorySize), 0, 0, 0, item.Imm),
            OperationKind.LoadPacketIndirect => new(
                Opcodes.Memory(InstructionClass.Ld, MemoryMode.Ind, item.MemorySize), 0, (int)item.Src, 0, item.Imm),
            OperationKind.Load => Memory(item, InstructionClass.Ldx, MemoryMode.Mem),
            OperationKind.LoadSignExtend => Memory(item, InstructionClass.Ldx, MemoryMode.MemSx),
            OperationKind.ProbeLoad => Memory(item, InstructionClass.Ldx, MemoryMode.ProbeMem),
            OperationKind.ProbeLoadSignExtend => Memory(item, InstructionClass.Ldx, MemoryMode.ProbeMemSx),
            OperationKind.ArenaLoad => Memory(item, InstructionClass.Ldx, MemoryMode.ProbeMem32),
            OperationKind.ArenaLoadSignExtend => Memory(item, InstructionClass.Ldx, MemoryMode.ProbeMem32Sx),
            OperationKind.Store => Memory(item, InstructionClass.Stx, MemoryMode.Mem),
            OperationKind.ArenaStore => Memory(item, InstructionClass.Stx, MemoryMode.ProbeMem32),
            OperationKind.StoreImmediate => StoreImmediate(item, MemoryMode.Mem),
            OperationKind.ArenaStoreImmediate => StoreImmediate(item, MemoryMode.ProbeMem32),
            OperationKind.Atomic => Atomic(item, MemoryMode.Atomic, item.AtomicOp),
            OperationKind.ArenaAtomic => Atomic(item, MemoryMode.ProbeAtomic, item.AtomicOp),
            OperationKind.LoadAcquire => Atomic(item, MemoryMode.Atomic, AtomicOp.LoadAcquire),
            OperationKind.StoreRelease => Atomic(item, MemoryMode.Atomic, AtomicOp.StoreRelease),
            OperationKind.Jump => new(Opcodes.Jump, 0, 0, (short)item.JumpDistance, 0),
            OperationKind.JumpLong => new(Opcodes.JumpLong, 0, 0, 0, item.JumpDistance),
            OperationKind.JumpIndirect => new(Opcodes.JumpIndirect, (int)item.Dst, 0, 0, 0),
            OperationKind.JumpConditional => new(
                Opcodes.Jmp(item.Is32Bit ? InstructionClass.Jmp32 : InstructionClass.Jmp, item.Condition, source),
                (int)item.Dst,
                item.UsesSourceRegister ? (int)item.Src : 0,
                (short)item.JumpDistance,
                item.UsesSourceRegister ? 0 : item.Imm),
            OperationKind.MayGoto => new(Opcodes.MayGoto, 0, 0, (short)item.JumpDistance, 0),
            OperationKind.CallHelper => new(Opcodes.Call, 0, CallSource.Helper, 0, item.Imm),
            OperationKind.CallLocal => new(Opcodes.Call, 0, CallSource.Local, item.Offset, item.Imm),
            OperationKind.CallKfunc => new(Opcodes.Call, 0, CallSource.Kfunc, item.Offset, item.Imm),
            OperationKind.CallIndirect => new(Opcodes.CallIndirect, (int)item.Dst, 0, 0, item.Imm),
            OperationKind.Exit => new(Opcodes.Exit, 0, 0, 0, 0),
            // The kernel's internal instructions have no rules for fields: they stay as they are.
            _ => item.First,
        };
    }

    private static Instruction Alu(in DecodedInstruction item, InstructionClass @class, AluOp op, OperandSource source, short variant) =>
        source == OperandSource.Register
            ? new(Opcodes.Alu(@class, op, source), (int)item.Dst, (int)item.Src, variant, 0)
            : new(Opcodes.Alu(@class, op, source), (int)item.Dst, 0, variant, item.Imm);

    private static Instruction Swap(in DecodedInstruction item, InstructionClass @class, OperandSource order) =>
        new(Opcodes.Alu(@class, AluOp.End, order), (int)item.Dst, 0, 0, item.ConversionBits);

    private static Instruction Wide(in DecodedInstruction item, byte source) =>
        new(Opcodes.LoadImmediate64, (int)item.Dst, source, 0, (int)item.Imm64);

    private static Instruction Memory(in DecodedInstruction item, InstructionClass @class, byte mode) =>
        new(Opcodes.Memory(@class, mode, item.MemorySize), (int)item.Dst, (int)item.Src, item.Offset, 0);

    private static Instruction StoreImmediate(in DecodedInstruction item, byte mode) =>
        new(Opcodes.Memory(InstructionClass.St, mode, item.MemorySize), (int)item.Dst, 0, item.Offset, item.Imm);

    private static Instruction Atomic(in DecodedInstruction item, byte mode, AtomicOp op) =>
        new(Opcodes.Memory(InstructionClass.Stx, mode, item.MemorySize), (int)item.Dst, (int)item.Src, item.Offset, (int)op);
}
