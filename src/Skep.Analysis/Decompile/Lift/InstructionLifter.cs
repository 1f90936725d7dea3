using Skep.Isa;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>How many arguments calls take.</summary>
internal interface ICallSignatures
{
    /// <summary>Arguments of a call, 0 to 5; null when it is not known.</summary>
    int? Arguments(in DecodedInstruction call);
}

/// <summary>Turns instructions into statements over registers.</summary>
internal sealed class InstructionLifter(ICallSignatures signatures, Variable[] registers)
{
    public const int RegisterCount = 16;

    private const int MaximumArguments = 5;

    // Registers set since the last call, for calls of unknown functions.
    private int _setSinceCall;

    /// <summary>Starts a block.</summary>
    public void StartBlock() => _setSinceCall = 0;

    /// <summary>The statement of an instruction; null for a jump without a condition.</summary>
    public SimpleStatement? Lift(in DecodedInstruction item)
    {
        SimpleStatement? statement = Statement(item);
        if (statement is Assign { Target.Location.Number: var set } && set is >= 1 and <= MaximumArguments) _setSinceCall |= 1 << set;
        if (item.Kind is OperationKind.CallHelper or OperationKind.CallKfunc or OperationKind.CallLocal or OperationKind.CallIndirect)
            _setSinceCall = 0;
        return statement;
    }

    private SimpleStatement? Statement(in DecodedInstruction item)
    {
        bool flows =
            item.Kind is OperationKind.Jump or OperationKind.JumpLong or OperationKind.JumpConditional or OperationKind.JumpIndirect
            or OperationKind.MayGoto or OperationKind.Exit;
        if (!item.IsValid && !flows) return Invalid(item);
        bool setsDst = item.First.Class is InstructionClass.Alu or InstructionClass.Alu64 or InstructionClass.Ldx or InstructionClass.Ld;
        if (setsDst && item.Dst == Register.R10) return Invalid(item);
        switch (item.Kind)
        {
            case OperationKind.Jump or OperationKind.JumpLong:
                return null;
            case OperationKind.JumpConditional:
                return new Test(
                    new Comparison(item.Condition, item.Is32Bit ? 32 : 64, Read(item.Dst, item), Second(item), item.Index))
                {
                    Slot =
                        item.Index
                };
            case OperationKind.MayGoto:
                return new Test(new Not(new MayGoto(item.Index))) { Slot = item.Index };
            case OperationKind.JumpIndirect:
                return new GotoAddress(Read(item.Dst, item)) { Slot = item.Index };
            case OperationKind.Exit:
                return new Return(Read(Register.R0, item)) { Slot = item.Index };
            case OperationKind.Store or OperationKind.ArenaStore or OperationKind.StoreRelease:
                return new Store(item.Bytes, item.Kind, Read(item.Dst, item), item.Offset, Read(item.Src, item)) { Slot = item.Index };
            case OperationKind.StoreImmediate or OperationKind.ArenaStoreImmediate:
                return new Store(item.Bytes, item.Kind, Read(item.Dst, item), item.Offset,
                    new Number((ulong)(long)item.Imm, item.Index))
                { Slot = item.Index };
            case OperationKind.Atomic or OperationKind.ArenaAtomic or OperationKind.LoadAcquire:
                return AtomicStatement(item);
            case OperationKind.SpeculationBarrier:
                return new Remark("speculation barrier", endsFunction: false) { Slot = item.Index };
            case OperationKind.CallHelper or OperationKind.CallKfunc or OperationKind.CallLocal or OperationKind.TailCall:
                return Set(Register.R0, new Call(item, Arguments(item)), item);
            case OperationKind.CallIndirect:
                Register address = item.Dst == Register.R0 && item.Imm != 0 ? (Register)item.Imm : item.Dst;
                return Set(Register.R0, new Call(item, [.. Arguments(item), Read(address, item)]), item);
            case OperationKind.LoadPacketAbsolute:
                return Set(Register.R0, new Special(item, effect: true, Read(Register.R6, item)), item);
            case OperationKind.LoadPacketIndirect:
                return Set(Register.R0, new Special(item, effect: true, Read(Register.R6, item), Read(item.Src, item)), item);
            default:
                return Value(item) is { } value ? Set(item.Dst, value, item) : Invalid(item);
        }
    }

    private Expression? Value(in DecodedInstruction item)
    {
        int bits = item.Is32Bit ? 32 : 64;
        switch (item.Kind)
        {
            case OperationKind.Arithmetic:
                return Operator(item.AluOp) is { } op ? new Binary(op, bits, Read(item.Dst, item), Second(item), item.Index) : null;
            case OperationKind.SignedDivide:
                return new Binary(BinaryOperator.SignedDivide, bits, Read(item.Dst, item), Second(item), item.Index);
            case OperationKind.SignedModulo:
                return new Binary(BinaryOperator.SignedModulo, bits, Read(item.Dst, item), Second(item), item.Index);
            case OperationKind.Negate:
                return new Negation(bits, Read(item.Dst, item), item.Index);
            case OperationKind.Move:
                Expression source = Second(item);
                return bits == 32 && source is not Number ? new Extension(32, 64, false, source, item.Index) : source;
            case OperationKind.MoveSignExtend:
                return new Extension(item.ConversionBits, bits, true, Read(item.Src, item), item.Index);
            case OperationKind.ToLittleEndian or OperationKind.ToBigEndian or OperationKind.ByteSwap:
                return new ByteOrder(item.Kind, item.ConversionBits, Read(item.Dst, item), item.Index);
            case OperationKind.AddressSpaceCast or OperationKind.PerCpuAddress:
                return new Special(item, effect: false, Read(item.Src, item));
            case OperationKind.LoadNumber:
                return new Number(item.Imm64, item.Index);
            case OperationKind.LoadMap or OperationKind.LoadMapValue or OperationKind.LoadBtfId or OperationKind.LoadFunction
                or OperationKind.LoadMapIndex or OperationKind.LoadMapIndexValue:
                return new Symbol(item);
            case OperationKind.Load or OperationKind.ProbeLoad or OperationKind.ArenaLoad:
                return new Load(item.Bytes, false, item.Kind, Read(item.Src, item), item.Offset, item.Index);
            case OperationKind.LoadSignExtend or OperationKind.ProbeLoadSignExtend or OperationKind.ArenaLoadSignExtend:
                return new Load(item.Bytes, true, item.Kind, Read(item.Src, item), item.Offset, item.Index);
            default:
                return null;
        }
    }

    private SimpleStatement AtomicStatement(in DecodedInstruction item)
    {
        switch (item.AtomicOp)
        {
            case AtomicOp.LoadAcquire:
                return Set(item.Dst, new Load(item.Bytes, false, OperationKind.LoadAcquire, Read(item.Src, item), item.Offset, item.Index),
                    item);
            case AtomicOp.StoreRelease:
                return new Store(item.Bytes, OperationKind.StoreRelease, Read(item.Dst, item), item.Offset,
                    Read(item.Src, item))
                { Slot = item.Index };
            case AtomicOp.Add or AtomicOp.And or AtomicOp.Or or AtomicOp.Xor:
                return new Evaluate(new Atomic(item, item.Offset, Read(item.Dst, item), Read(item.Src, item))) { Slot = item.Index };
            case AtomicOp.CompareExchange:
                return Set(Register.R0, new Atomic(item, item.Offset, Read(item.Dst, item), Read(item.Src, item), Read(Register.R0, item)),
                    item);
            default:
                return Set(item.Src, new Atomic(item, item.Offset, Read(item.Dst, item), Read(item.Src, item)), item);
        }
    }

    private Expression[] Arguments(in DecodedInstruction call)
    {
        int count = signatures.Arguments(call) ?? (_setSinceCall == 0 ? MaximumArguments : 31 - int.LeadingZeroCount(_setSinceCall));
        var arguments = new Expression[count];
        for (int i = 0; i < count; i++) arguments[i] = Read((Register)(i + 1), call);
        return arguments;
    }

    private Expression Read(Register register, in DecodedInstruction item) =>
        register == Register.R10 ? new FrameAddress(0, item.Index) : new Use(registers[(int)register], item.Index);

    private Expression Second(in DecodedInstruction item) =>
        item.UsesSourceRegister ? Read(item.Src, item) : new Number(item.Is32Bit ? (uint)item.Imm : (ulong)(long)item.Imm, item.Index);

    private Assign Set(Register register, Expression value, in DecodedInstruction item) =>
        new(registers[(int)register], value) { Slot = item.Index };

    private static Remark Invalid(in DecodedInstruction item) =>
        new($"invalid instruction {item.First}" + (item.IsValid ? "" : $": {item.Fault}"), endsFunction: false) { Slot = item.Index };

    internal static BinaryOperator? Operator(AluOp op) => op switch
    {
        AluOp.Add => BinaryOperator.Add,
        AluOp.Sub => BinaryOperator.Subtract,
        AluOp.Mul => BinaryOperator.Multiply,
        AluOp.Div => BinaryOperator.Divide,
        AluOp.Mod => BinaryOperator.Modulo,
        AluOp.Or => BinaryOperator.Or,
        AluOp.And => BinaryOperator.And,
        AluOp.Xor => BinaryOperator.Xor,
        AluOp.Lsh => BinaryOperator.ShiftLeft,
        AluOp.Rsh => BinaryOperator.ShiftRight,
        AluOp.Arsh => BinaryOperator.SignedShiftRight,
        _ => null,
    };
}
