using Skep.Isa;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>
/// Two-operand arithmetic as BPF has it: a division by 0 gives 0, a remainder by 0 the dividend, shifts are by the low 5 or 6 bits.
/// </summary>
internal enum BinaryOperator : byte
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    SignedDivide,
    SignedModulo,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    SignedShiftRight,
}

/// <summary>A value of 64 bits. What is computed in 32 bits has its upper half clear.</summary>
internal abstract class Expression
{
    protected Expression(int slot, params Expression[] parts)
    {
        Slot = slot;
        Parts = parts;
        int size = 1;
        foreach (Expression part in parts)
        {
            size += part.Size;
            ReadsMemory |= part.ReadsMemory;
            HasEffect |= part.HasEffect;
        }

        Size = size;
    }

    /// <summary>The instruction that computes it; -1 for none.</summary>
    public int Slot { get; }

    /// <summary>What it is computed from, in the order of evaluation.</summary>
    public IReadOnlyList<Expression> Parts { get; }

    /// <summary>How many expressions it is made of.</summary>
    public int Size { get; }

    /// <summary>Whether its value depends on memory.</summary>
    public bool ReadsMemory { get; protected init; }

    /// <summary>Whether it does more than to compute a value, or a part of it does.</summary>
    public bool HasEffect { get; private init; }

    /// <summary>Whether it does so itself, once its parts are evaluated.</summary>
    public bool HasOwnEffect
    {
        get;
        protected init
        {
            field = value;
            HasEffect |= value;
        }
    }

    /// <summary>The same of other parts.</summary>
    public abstract Expression With(Expression[] parts);
}

internal sealed class Number(ulong value, int slot = -1) : Expression(slot)
{
    public ulong Value => value;

    public override Expression With(Expression[] parts) => this;
}

/// <summary>The value of a variable.</summary>
internal sealed class Use(Variable variable, int slot) : Expression(slot)
{
    public Variable Variable { get; set; } = variable;

    public override Expression With(Expression[] parts) => this;
}

/// <summary>An address in the function's own frame, from its end.</summary>
internal sealed class FrameAddress(long offset, int slot) : Expression(slot)
{
    public long Offset => offset;

    public override Expression With(Expression[] parts) => this;
}

/// <summary>What a two-slot load names: a map, an address in a map's value, a function, a kernel variable.</summary>
internal sealed class Symbol(DecodedInstruction load) : Expression(load.Index)
{
    public DecodedInstruction Load => load;

    public override Expression With(Expression[] parts) => this;
}

internal sealed class Binary(BinaryOperator op, int bits, Expression left, Expression right, int slot) : Expression(slot, left, right)
{
    public BinaryOperator Operator => op;

    public int Bits => bits;

    public Expression Left => Parts[0];

    public Expression Right => Parts[1];

    public override Expression With(Expression[] parts) => new Binary(op, bits, parts[0], parts[1], Slot);
}

internal sealed class Negation(int bits, Expression value, int slot) : Expression(slot, value)
{
    public int Bits => bits;

    public Expression Value => Parts[0];

    public override Expression With(Expression[] parts) => new Negation(bits, parts[0], Slot);
}

/// <summary>The low bits with their bytes in another order, or as they are; the bits above them are clear.</summary>
internal sealed class ByteOrder(OperationKind kind, int bits, Expression value, int slot) : Expression(slot, value)
{
    /// <summary>To little-endian, to big-endian, or swapped.</summary>
    public OperationKind Kind => kind;

    public int Bits => bits;

    public Expression Value => Parts[0];

    public override Expression With(Expression[] parts) => new ByteOrder(kind, bits, parts[0], Slot);
}

/// <summary>The low bits of a value, widened to 32 or 64 bits by their sign or by zeros.</summary>
internal sealed class Extension(int from, int to, bool signed, Expression value, int slot) : Expression(slot, value)
{
    public int From => from;

    public int To => to;

    public bool IsSigned => signed;

    public Expression Value => Parts[0];

    public override Expression With(Expression[] parts) => new Extension(from, to, signed, parts[0], Slot);
}

/// <summary>Memory at an address, widened to 64 bits.</summary>
internal sealed class Load : Expression
{
    public Load(int bytes, bool signed, OperationKind kind, Expression address, long offset, int slot)
        : base(slot, address)
    {
        (Bytes, IsSigned, Kind, Offset) = (bytes, signed, kind, offset);
        ReadsMemory = true;
        HasOwnEffect = kind == OperationKind.LoadAcquire;
    }

    public int Bytes { get; }

    public bool IsSigned { get; }

    public OperationKind Kind { get; }

    public Expression Address => Parts[0];

    /// <summary>Bytes after the address.</summary>
    public long Offset { get; }

    public override Expression With(Expression[] parts) => new Load(Bytes, IsSigned, Kind, parts[0], Offset, Slot);
}

internal sealed class Comparison(Condition condition, int bits, Expression left, Expression right, int slot) : Expression(slot, left, right)
{
    public Condition Condition => condition;

    public int Bits => bits;

    public Expression Left => Parts[0];

    public Expression Right => Parts[1];

    public override Expression With(Expression[] parts) => new Comparison(condition, bits, parts[0], parts[1], Slot);
}

/// <summary>The opposite of a truth value.</summary>
internal sealed class Not(Expression value) : Expression(value.Slot, value)
{
    public Expression Value => Parts[0];

    public override Expression With(Expression[] parts) => new Not(parts[0]);
}

/// <summary>Both of two truth values, or any of them; the second is computed only when the first does not decide.</summary>
internal sealed class Logic(bool isAnd, Expression left, Expression right) : Expression(left.Slot, left, right)
{
    public bool IsAnd => isAnd;

    public Expression Left => Parts[0];

    public Expression Right => Parts[1];

    public override Expression With(Expression[] parts) => new Logic(isAnd, parts[0], parts[1]);
}

/// <summary>The rest of a loop's budget: true while there is some.</summary>
internal sealed class MayGoto : Expression
{
    public MayGoto(int slot)
        : base(slot) => HasOwnEffect = true;

    public override Expression With(Expression[] parts) => this;
}

/// <summary>A call; of a register, the address is the last part.</summary>
internal sealed class Call : Expression
{
    public Call(DecodedInstruction instruction, params Expression[] parts)
        : base(instruction.Index, parts)
    {
        Instruction = instruction;
        ReadsMemory = HasOwnEffect = true;
    }

    public DecodedInstruction Instruction { get; }

    public override Expression With(Expression[] parts) => new Call(Instruction, parts);
}

/// <summary>
/// An atomic operation: the address, the operand and, of a compare and exchange, what is expected. Its value is the old one.
/// </summary>
internal sealed class Atomic : Expression
{
    public Atomic(DecodedInstruction instruction, long offset, params Expression[] parts)
        : base(instruction.Index, parts)
    {
        Instruction = instruction;
        Offset = offset;
        ReadsMemory = HasOwnEffect = true;
    }

    public DecodedInstruction Instruction { get; }

    public long Offset { get; }

    public Expression Address => Parts[0];

    public Expression Operand => Parts[1];

    public override Expression With(Expression[] parts) => new Atomic(Instruction, Offset, parts);
}

/// <summary>An operation that has a name only: a load from the packet, a cast between address spaces, an invalid instruction.</summary>
internal sealed class Special : Expression
{
    public Special(DecodedInstruction instruction, bool effect, params Expression[] parts)
        : base(instruction.Index, parts)
    {
        Instruction = instruction;
        ReadsMemory |= effect;
        HasOwnEffect = effect;
    }

    public DecodedInstruction Instruction { get; }

    public override Expression With(Expression[] parts) => new Special(Instruction, HasEffect, parts);
}
