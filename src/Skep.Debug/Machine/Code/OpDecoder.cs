using Skep.Isa;

namespace Skep.Debug.Machine.Code;

/// <summary>Decodes the instructions that need nothing but themselves.</summary>
internal static class OpDecoder
{
    private const int R0 = 1 << (int)Register.R0;

    /// <summary>The immediate of a cast from address space 1, the arena's, to 0 (tools/testing/selftests/bpf/bpf_arena_common.h).</summary>
    public const int FromArena = 1;

    /// <summary>The immediate of a cast from address space 0 to 1.</summary>
    public const int ToArena = 1 << 16;

    public static Op Decode(in DecodedInstruction item, int start)
    {
        byte dst = (byte)item.Dst, src = (byte)item.Src;
        ushort dstBit = (ushort)(1 << dst), srcBit = (ushort)(1 << src);
        var op = new Op
        {
            Dst = dst,
            Src = src,
            Offset = item.Offset,
            Immediate = (ulong)(long)item.Imm,
        };
        switch (item.Kind)
        {
            case OperationKind.Arithmetic or OperationKind.SignedDivide or OperationKind.SignedModulo or OperationKind.Move
                or OperationKind.Negate:
                op.Code = item.Is32Bit ? Narrow(Arithmetic(item)) : Arithmetic(item);
                Operands(ref op, item);
                op.Needs = item.Kind switch
                {
                    OperationKind.Move => (ushort)(1 << op.Src),
                    OperationKind.Negate => dstBit,
                    _ => (ushort)(dstBit | 1 << op.Src),
                };
                op.Sets = dstBit;
                return op;
            case OperationKind.MoveSignExtend:
                op.Code = (item.ConversionBits, item.Is32Bit) switch
                {
                    (8, true) => OpCode.Extend8To32,
                    (16, true) => OpCode.Extend16To32,
                    (8, false) => OpCode.Extend8To64,
                    (16, false) => OpCode.Extend16To64,
                    _ => OpCode.Extend32To64,
                };
                return op with { Needs = srcBit, Sets = dstBit };
            case OperationKind.AddressSpaceCast:
                return op with { Code = item.Imm == ToArena ? OpCode.CastToArena : OpCode.CastFromArena, Needs = srcBit, Sets = dstBit };
            case OperationKind.ToLittleEndian:
                op.Code = item.ConversionBits switch { 16 => OpCode.Low16, 32 => OpCode.Low32, _ => OpCode.Same };
                return op with { Needs = dstBit, Sets = dstBit };
            case OperationKind.ToBigEndian or OperationKind.ByteSwap:
                op.Code = item.ConversionBits switch { 16 => OpCode.Swap16, 32 => OpCode.Swap32, _ => OpCode.Swap64 };
                return op with { Needs = dstBit, Sets = dstBit };
            case OperationKind.LoadNumber:
                return op with { Code = OpCode.LoadWide, Immediate = item.Imm64, Sets = dstBit };
            case OperationKind.Load:
                op.Code = item.Bytes switch { 1 => OpCode.Load1, 2 => OpCode.Load2, 4 => OpCode.Load4, _ => OpCode.Load8 };
                return op with { Size = (byte)item.Bytes, Needs = srcBit, Sets = dstBit };
            case OperationKind.LoadSignExtend:
                op.Code = item.Bytes switch { 1 => OpCode.LoadSigned1, 2 => OpCode.LoadSigned2, _ => OpCode.LoadSigned4 };
                return op with { Size = (byte)item.Bytes, Needs = srcBit, Sets = dstBit };
            case OperationKind.Store or OperationKind.StoreImmediate:
                op.Code = item.Bytes switch { 1 => OpCode.Store1, 2 => OpCode.Store2, 4 => OpCode.Store4, _ => OpCode.Store8 };
                if (item.Kind == OperationKind.StoreImmediate) op.Src = Op.ImmediateRegister;
                return op with { Size = (byte)item.Bytes, Needs = (ushort)(dstBit | 1 << op.Src) };
            case OperationKind.Atomic:
                return Atomic(op, item, dstBit, srcBit);
            case OperationKind.LoadAcquire:
                return op with { Code = OpCode.LoadAcquire, Size = (byte)item.Bytes, Needs = srcBit, Sets = dstBit };
            case OperationKind.StoreRelease:
                return op with { Code = OpCode.StoreRelease, Size = (byte)item.Bytes, Needs = (ushort)(dstBit | srcBit) };
            case OperationKind.LoadPacketAbsolute or OperationKind.LoadPacketIndirect:
                bool indirect = item.Kind == OperationKind.LoadPacketIndirect;
                op.Src = indirect ? src : byte.MaxValue;
                int needs = (1 << (int)Register.R6) | (indirect ? srcBit : 0);
                return op with { Code = OpCode.LoadPacket, Size = (byte)item.Bytes, Needs = (ushort)needs, Sets = R0 };
            case OperationKind.Jump or OperationKind.JumpLong or OperationKind.MayGoto:
                op.Code = item.Kind == OperationKind.MayGoto ? OpCode.MayGoto : OpCode.Jump;
                return op with { Target = start + (int)item.Target() };
            case OperationKind.JumpConditional:
                op.Code = item.Is32Bit ? Narrow(Comparison(item.Condition)) : Comparison(item.Condition);
                Operands(ref op, item);
                return op with { Target = start + (int)item.Target(), Needs = (ushort)(dstBit | 1 << op.Src) };
            case OperationKind.CallLocal:
                return op with { Code = OpCode.CallLocal, Target = start + (int)item.Target() };
            case OperationKind.CallIndirect:
                op.Dst = item.Imm != 0 ? (byte)item.Imm : dst;
                return op with { Code = OpCode.CallRegister, Needs = (ushort)(1 << op.Dst) };
            case OperationKind.Exit:
                return op with { Code = OpCode.Exit };
            default:
                throw new ArgumentOutOfRangeException(nameof(item), item.Kind, "no instruction of a program");
        }
    }

    private static Op Atomic(Op op, in DecodedInstruction item, ushort dstBit, ushort srcBit)
    {
        op.Code = item.Bytes == 4 ? OpCode.Atomic32 : OpCode.Atomic64;
        op.Size = (byte)item.Bytes;
        op.Target = item.Imm;
        op.Needs = (ushort)(dstBit | srcBit);
        if (item.AtomicOp == AtomicOp.CompareExchange)
        {
            op.Needs |= R0;
            op.Sets = R0;
        }
        else if (((int)item.AtomicOp & (int)AtomicOp.FetchAdd) != 0)
        {
            op.Sets = srcBit;
        }

        return op;
    }

    // The second operand of 32 bits is the immediate's low half.
    private static void Operands(ref Op op, in DecodedInstruction item)
    {
        if (!item.UsesSourceRegister) op.Src = Op.ImmediateRegister;
    }

    private static OpCode Arithmetic(in DecodedInstruction item) => item.Kind switch
    {
        OperationKind.SignedDivide => OpCode.SDiv64,
        OperationKind.SignedModulo => OpCode.SMod64,
        OperationKind.Move => OpCode.Mov64,
        OperationKind.Negate => OpCode.Neg64,
        _ => item.AluOp switch
        {
            AluOp.Add => OpCode.Add64,
            AluOp.Sub => OpCode.Sub64,
            AluOp.Mul => OpCode.Mul64,
            AluOp.Div => OpCode.Div64,
            AluOp.Mod => OpCode.Mod64,
            AluOp.Or => OpCode.Or64,
            AluOp.And => OpCode.And64,
            AluOp.Xor => OpCode.Xor64,
            AluOp.Lsh => OpCode.Lsh64,
            AluOp.Rsh => OpCode.Rsh64,
            _ => OpCode.Arsh64,
        },
    };

    private static OpCode Comparison(Condition condition) => condition switch
    {
        Condition.Equal => OpCode.Equal64,
        Condition.NotEqual => OpCode.NotEqual64,
        Condition.Greater => OpCode.Greater64,
        Condition.GreaterOrEqual => OpCode.GreaterOrEqual64,
        Condition.Less => OpCode.Less64,
        Condition.LessOrEqual => OpCode.LessOrEqual64,
        Condition.SignedGreater => OpCode.SignedGreater64,
        Condition.SignedGreaterOrEqual => OpCode.SignedGreaterOrEqual64,
        Condition.SignedLess => OpCode.SignedLess64,
        Condition.SignedLessOrEqual => OpCode.SignedLessOrEqual64,
        _ => OpCode.AnyBit64,
    };

    private static OpCode Narrow(OpCode wide) => wide switch
    {
        >= OpCode.Add64 and <= OpCode.Mov64 => wide - OpCode.Add64 + OpCode.Add32,
        _ => wide - OpCode.Equal64 + OpCode.Equal32,
    };
}
