using Skep.Isa;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>Rewrites expressions into simpler ones of the same value.</summary>
internal static class Simplifier
{
    private const int LongestChain = 10_000;

    /// <summary>Simplifies an expression, from its parts up.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="known">What variables are replaced by.</param>
    public static Expression Simplify(Expression expression, IReadOnlyDictionary<Variable, Expression> known)
    {
        if (expression is Use) return Follow(expression, known);
        if (expression.Parts.Count == 0) return expression;
        var parts = new Expression[expression.Parts.Count];
        bool changed = false;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Simplify(expression.Parts[i], known);
            changed |= !ReferenceEquals(parts[i], expression.Parts[i]);
        }

        return Rewrite(changed ? expression.With(parts) : expression);
    }

    /// <summary>Splits an address into one without a constant, and the constant.</summary>
    public static (Expression Address, long Offset) SplitAddress(Expression address, long offset)
    {
        switch (address)
        {
            case FrameAddress frame:
                return offset == 0 ? (frame, 0) : (new FrameAddress(frame.Offset + offset, frame.Slot), 0);
            case Binary { Operator: BinaryOperator.Add, Bits: 64, Right: Number number } sum when Fits((long)number.Value + offset):
                return (sum.Left, (long)number.Value + offset);
            default:
                return (address, offset);
        }
    }

    /// <summary>Whether the upper 32 bits of a value are clear.</summary>
    public static bool Is32Bit(Expression expression) => expression switch
    {
        Number number => number.Value <= uint.MaxValue,
        Use use => use.Variable.Is32Bit,
        Binary { Bits: 32 } => true,
        Binary { Operator: BinaryOperator.And } and => Is32Bit(and.Left) || Is32Bit(and.Right),
        Binary { Operator: BinaryOperator.Or or BinaryOperator.Xor } both => Is32Bit(both.Left) && Is32Bit(both.Right),
        Binary { Operator: BinaryOperator.ShiftRight, Right: Number { Value: >= 32 and < 64 } } => true,
        Binary { Operator: BinaryOperator.ShiftRight or BinaryOperator.Divide or BinaryOperator.Modulo } one => Is32Bit(one.Left),
        Negation { Bits: 32 } => true,
        ByteOrder { Bits: <= 32 } => true,
        Extension extension => extension.To == 32 || (!extension.IsSigned && extension.From <= 32),
        Load load => load.Bytes <= 4 && !load.IsSigned,
        Atomic atomic => atomic.Instruction.Bytes == 4,
        Comparison or Not or Logic or MayGoto => true,
        _ => false,
    };

    /// <summary>The opposite of a condition.</summary>
    public static Expression Negate(Expression condition) => condition switch
    {
        Not not => not.Value,
        Comparison comparison when Arithmetic.Opposite(comparison.Condition) is { } opposite =>
            new Comparison(opposite, comparison.Bits, comparison.Left, comparison.Right, comparison.Slot),
        Logic logic => new Logic(!logic.IsAnd, Negate(logic.Left), Negate(logic.Right)),
        _ => new Not(condition),
    };

    // In unreachable code, each of two variables may be a copy of the other.
    private static Expression Follow(Expression expression, IReadOnlyDictionary<Variable, Expression> known)
    {
        for (int step = 0; step < LongestChain && expression is Use use && known.TryGetValue(use.Variable, out Expression? value); step++)
            expression = value;
        return expression;
    }

    private static Expression Rewrite(Expression expression)
    {
        switch (expression)
        {
            case Binary binary:
                return RewriteBinary(binary);
            case Negation { Value: Number number } negation:
                return new Number(Arithmetic.Negate(negation.Bits, number.Value), negation.Slot);
            case ByteOrder { Value: Number number } order:
                return new Number(Arithmetic.Reorder(order.Kind, order.Bits, number.Value), order.Slot);
            case Extension extension:
                return RewriteExtension(extension);
            case Comparison comparison:
                return RewriteComparison(comparison);
            case Not { Value: Not inner }:
                return inner.Value;
            case Not { Value: Comparison inner } when Arithmetic.Opposite(inner.Condition) is not null:
                return Negate(inner);
            case Load load:
                (Expression address, long offset) = SplitAddress(load.Address, load.Offset);
                return ReferenceEquals(address, load.Address) && offset == load.Offset
                    ? load : new Load(load.Bytes, load.IsSigned, load.Kind, address, offset, load.Slot);
            case Atomic atomic:
                (Expression place, long at) = SplitAddress(atomic.Address, atomic.Offset);
                return ReferenceEquals(place, atomic.Address) && at == atomic.Offset
                    ? atomic : new Atomic(atomic.Instruction, at, [place, .. atomic.Parts.Skip(1)]);
            default:
                return expression;
        }
    }

    private static Expression RewriteBinary(Binary binary)
    {
        if (binary is { Left: Number a, Right: Number b })
            return new Number(Arithmetic.Binary(binary.Operator, binary.Bits, a.Value, b.Value), binary.Slot);
        if (binary.Bits == 32) return RewriteNarrow(binary);
        switch (binary)
        {
            case { Operator: BinaryOperator.Add, Left: Number number, Right: not Number }:
                return RewriteBinary(new Binary(BinaryOperator.Add, 64, binary.Right, number, binary.Slot));
            case { Operator: BinaryOperator.Add, Left: FrameAddress frame, Right: Number number }:
                return new FrameAddress(frame.Offset + (long)number.Value, binary.Slot);
            case { Operator: BinaryOperator.Subtract, Left: FrameAddress frame, Right: Number number }:
                return new FrameAddress(frame.Offset - (long)number.Value, binary.Slot);
            case
            {
                Operator: BinaryOperator.Add or BinaryOperator.Subtract or BinaryOperator.Or or BinaryOperator.Xor,
                Right: Number { Value: 0 }
            }:
                return binary.Left;
            case
            {
                Operator: BinaryOperator.Add, Right: Number number,
                Left: Binary { Operator: BinaryOperator.Add, Bits: 64, Right: Number inner } sum
            }:
                return RewriteBinary(
                    new Binary(BinaryOperator.Add, 64, sum.Left, new Number(number.Value + inner.Value, number.Slot), binary.Slot));
            case { Operator: BinaryOperator.And, Right: Number { Value: uint.MaxValue } }:
                return RewriteExtension(new Extension(32, 64, false, binary.Left, binary.Slot));
            case
            {
                Operator: BinaryOperator.ShiftRight or BinaryOperator.SignedShiftRight, Right: Number { Value: 32 or 48 or 56 } right,
                Left: Binary { Operator: BinaryOperator.ShiftLeft, Bits: 64, Right: Number left } up
            }
                when left.Value == right.Value:
                return RewriteExtension(
                    new Extension(64 - (int)left.Value, 64, binary.Operator == BinaryOperator.SignedShiftRight, up.Left, binary.Slot));
            default:
                return binary;
        }
    }

    private static Expression RewriteNarrow(Binary binary)
    {
        Expression left = Low(binary.Left), right = Low(binary.Right);
        if (binary.Operator == BinaryOperator.SignedShiftRight && right is Number { Value: 16 or 24 } down
            && left is Binary { Operator: BinaryOperator.ShiftLeft, Bits: 32, Right: Number up } shifted && up.Value == down.Value)
            return new Extension(32 - (int)up.Value, 32, true, shifted.Left, binary.Slot);
        bool keeps = binary.Operator is BinaryOperator.Add or BinaryOperator.Subtract or BinaryOperator.Or or BinaryOperator.Xor;
        if (keeps && right is Number { Value: 0 })
            return RewriteExtension(new Extension(32, 64, false, left, binary.Slot));
        return ReferenceEquals(left, binary.Left) && ReferenceEquals(right, binary.Right)
            ? binary : new Binary(binary.Operator, 32, left, right, binary.Slot);
    }

    private static Expression RewriteExtension(Extension extension) => extension switch
    {
        { Value: Number number } =>
            new Number(Arithmetic.Extend(extension.From, extension.To, extension.IsSigned, number.Value), extension.Slot),
        { IsSigned: false, From: 32 } when Is32Bit(extension.Value) => extension.Value,
        { From: <= 32, Value: Extension { From: 32, IsSigned: false } inner } =>
            RewriteExtension(new Extension(extension.From, extension.To, extension.IsSigned, inner.Value, extension.Slot)),
        { IsSigned: false, Value: Load { IsSigned: false } load } when load.Bytes * 8 <= extension.From => load,
        { IsSigned: true, To: 64, Value: Load { IsSigned: false, Kind: OperationKind.Load } load } when load.Bytes * 8 == extension.From =>
            new Load(load.Bytes, true, OperationKind.LoadSignExtend, load.Address, load.Offset, load.Slot),
        _ => extension,
    };

    private static Expression RewriteComparison(Comparison comparison)
    {
        if (comparison is { Left: Number, Right: not Number })
            return RewriteComparison(
                new Comparison(Arithmetic.Mirror(comparison.Condition), comparison.Bits, comparison.Right, comparison.Left,
                    comparison.Slot));
        if (comparison.Bits == 64) return comparison;
        Expression left = Low(comparison.Left), right = Low(comparison.Right);
        return ReferenceEquals(left, comparison.Left) && ReferenceEquals(right, comparison.Right)
            ? comparison : new Comparison(comparison.Condition, 32, left, right, comparison.Slot);
    }

    // Of an operand in 32 bits, the upper half does not matter.
    private static Expression Low(Expression expression) => expression switch
    {
        Extension { From: 32, IsSigned: false } extension => extension.Value,
        Number { Value: > uint.MaxValue } number => new Number((uint)number.Value, number.Slot),
        _ => expression,
    };

    private static bool Fits(long offset) => offset is > int.MinValue and < int.MaxValue;
}
