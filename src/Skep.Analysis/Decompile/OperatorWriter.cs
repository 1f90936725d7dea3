using System.Globalization;
using Skep.Analysis.Decompile.Lift;
using Skep.Isa;

namespace Skep.Analysis.Decompile;

/// <summary>
/// Writes operations on numbers as C that computes the same. A cast stands wherever C would compute in another width or with another sign,
/// a mask where a shift may be by more than the width, and a function where a division may be by what C does not divide by.
/// </summary>
internal static class OperatorWriter
{
    public static CText Binary(Binary binary, CText left, CText right) =>
        binary.Bits == 64 ? Wide(binary, left, right) : Narrow(binary, left, right);

    public static CText Negate(Negation negation, CText value)
    {
        CText operand = negation.Bits == 64 ? value.ToU64() : value.ToU32();
        string text = operand.In(Binding.Unary);
        return new(text[0] == '-' ? $"-({text})" : $"-{text}", Binding.Unary, operand.Kind);
    }

    public static CText Extend(Extension extension, CText value)
    {
        string type = $"{(extension.IsSigned ? "s" : "u")}{extension.From}";
        CText low = CText.Cast(type, value.Number(), extension.From == 32 ? CKind.U32 : CKind.Small);
        if (!extension.IsSigned) return low;
        return extension.To == 64 ? CText.Cast("s64", low, CKind.S64) : CText.Cast("u32", low, CKind.U32);
    }

    public static CText Compare(Comparison comparison, CText left, CText right)
    {
        (string sign, bool signed, int rank) = comparison.Condition switch
        {
            Condition.Equal => ("==", false, Binding.Equality),
            Condition.NotEqual => ("!=", false, Binding.Equality),
            Condition.Greater => (">", false, Binding.Relation),
            Condition.GreaterOrEqual => (">=", false, Binding.Relation),
            Condition.Less => ("<", false, Binding.Relation),
            Condition.LessOrEqual => ("<=", false, Binding.Relation),
            Condition.SignedGreater => (">", true, Binding.Relation),
            Condition.SignedGreaterOrEqual => (">=", true, Binding.Relation),
            Condition.SignedLess => ("<", true, Binding.Relation),
            Condition.SignedLessOrEqual => ("<=", true, Binding.Relation),
            _ => ("&", false, Binding.BitAnd),
        };
        if (comparison is { Bits: 64, Right: Number { Value: 0 } } && rank == Binding.Equality && left.IsPointer)
            return sign == "==" ? new($"!{left.In(Binding.Unary)}", Binding.Unary, CKind.Small) : left with { Kind = CKind.Small };
        bool arePointers = comparison.Bits == 64 && left.Kind == CKind.Bytes && right.Kind == CKind.Bytes && !signed && sign != "&";
        bool isPlain = left.Kind == CKind.Result && right.Kind == CKind.Literal && rank == Binding.Equality && comparison.Bits == 64;
        if (!arePointers && !isPlain && signed) (left, right) = (left.Signed(comparison.Bits), SignedRight(comparison, right));
        else if (!arePointers && !isPlain) (left, right) = Unsigned(comparison.Bits, left, right);
        return new($"{left.In(rank + 1)} {sign} {right.In(rank + 1)}", rank, CKind.Small);
    }

    private static CText SignedRight(Comparison comparison, CText right) => comparison.Right is Number number
        ? CText.SignedLiteral(comparison.Bits == 32 ? (int)number.Value : (long)number.Value) : right.Signed(comparison.Bits);

    private static (CText Left, CText Right) Unsigned(int bits, CText left, CText right)
    {
        if (bits == 32)
        {
            (left, right) = (Low(left), Low(right));
            if (right.IsNegative && left.Kind != CKind.U32) left = left.ToU32();
            if (left.IsNegative && right.Kind != CKind.U32) right = right.ToU32();
            return (left, right);
        }

        (left, right) = (left.Unsigned(), right.Unsigned());
        if (right.IsNegative && left.Kind != CKind.U64) left = left.ToU64();
        if (left.IsNegative && right.Kind != CKind.U64) right = right.ToU64();
        return (left, right);
    }

    private static CText Low(CText value) => value.IsWide || value.IsPointer ? value.ToU32() : value;

    private static CText Wide(Binary binary, CText left, CText right)
    {
        (string sign, int rank) = Sign(binary.Operator);
        switch (binary.Operator)
        {
            case BinaryOperator.Add or BinaryOperator.Subtract when left.IsPointer && CountsBytes(right):
                string start = (left.Kind == CKind.Bytes ? left : CText.Cast("void *", left, CKind.Bytes)).In(rank);
                return new(Less(binary) is { } back ? $"{start} - {back}" : $"{start} {sign} {right.In(rank + 1)}", rank, CKind.Bytes);
            case BinaryOperator.Add when Less(binary) is { } less:
                return new($"{left.Number().ToU64().In(rank)} - {less}", rank, CKind.U64);
            case BinaryOperator.Divide or BinaryOperator.Modulo or BinaryOperator.SignedDivide or BinaryOperator.SignedModulo:
                return Divided(binary, left, right, sign);
            case BinaryOperator.SignedShiftRight:
                return new($"{left.Signed(64).In(rank)} >> {Count(binary, right)}", rank, CKind.S64);
            case BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight:
                return new($"{left.Number().ToU64().In(rank)} {sign} {Count(binary, right)}", rank, CKind.U64);
            case BinaryOperator.And or BinaryOperator.Or or BinaryOperator.Xor:
                return Bitwise(sign, rank, left.Number(), right.Number());
            default:
                (left, right) = (left.Number(), right.Number());
                if (left.Kind != CKind.U64 && right.Kind != CKind.U64) left = left.ToU64();
                return new($"{left.In(rank)} {sign} {right.In(rank + 1)}", rank, CKind.U64);
        }
    }

    private static CText Narrow(Binary binary, CText left, CText right)
    {
        (string sign, int rank) = Sign(binary.Operator);
        switch (binary.Operator)
        {
            case BinaryOperator.Divide or BinaryOperator.Modulo or BinaryOperator.SignedDivide or BinaryOperator.SignedModulo:
                return Divided(binary, left, right, sign);
            case BinaryOperator.SignedShiftRight:
                return CText.Cast("u32", new($"{left.Signed(32).Text} >> {Count(binary, right)}", rank, CKind.U32), CKind.U32);
            case BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight:
                return new($"{left.ToU32().In(rank)} {sign} {Count(binary, right)}", rank, CKind.U32);
            case BinaryOperator.Add when binary.Right is Number { Value: var less } && (int)less is < 0 and > int.MinValue:
                return new($"{left.ToU32().In(rank)} - {(uint)-(int)less}", rank, CKind.U32);
            default:
                right = right.Kind is CKind.U32 or CKind.Literal or CKind.Small ? right : right.ToU32();
                return new($"{left.ToU32().In(rank)} {sign} {right.In(rank + 1)}", rank, CKind.U32);
        }
    }

    private static bool CountsBytes(CText value) =>
        value.Kind is CKind.Literal or CKind.WideLiteral or CKind.U64 or CKind.U32 or CKind.Small;

    // What is added when it is less than 0, without its sign.
    private static string? Less(Binary binary) =>
        binary is { Operator: BinaryOperator.Add, Right: Number { Value: var value } } && (long)value is < 0 and > int.MinValue
        ? (0 - value).ToString(CultureInfo.InvariantCulture) : null;

    private static CText Bitwise(string sign, int rank, CText left, CText right)
    {
        if (left.Kind == CKind.Result) left = left.ToU64();
        if (right.Kind == CKind.Result) right = right.ToU64();

        // A negative literal beside 32 bits would lose its upper half.
        if (right.IsNegative && !left.IsWide) left = left.ToU64();
        if (left.IsNegative && !right.IsWide) right = right.ToU64();
        CKind kind = (left.Kind, right.Kind) switch
        {
            (CKind.U64, _) or (_, CKind.U64) => CKind.U64,
            _ when left.IsWide || right.IsWide => CKind.S64,
            (CKind.Small, CKind.Small) => CKind.Small,
            (CKind.U32, _) or (_, CKind.U32) => CKind.U32,
            _ => CKind.Small,
        };
        return new($"{left.In(rank)} {sign} {right.In(rank + 1)}", rank, kind);
    }

    private static CText Divided(Binary binary, CText left, CText right, string sign)
    {
        bool signed = binary.Operator is BinaryOperator.SignedDivide or BinaryOperator.SignedModulo;
        long? divisor = binary.Right is not Number number ? null : binary.Bits == 32 ? (int)number.Value : (long)number.Value;
        CKind kind = binary.Bits == 64 ? CKind.U64 : CKind.U32;
        if (divisor is null or 0 || (signed && divisor == -1))
        {
            string name = binary.Operator is BinaryOperator.Divide or BinaryOperator.SignedDivide ? "divide" : "modulo";
            return new($"{name}_{(signed ? "s" : "u")}{binary.Bits}({left.Number().Text}, {right.Number().Text})", Binding.Primary, kind);
        }

        const int Rank = Binding.Product;
        if (signed)
        {
            string by = CText.SignedLiteral(divisor.Value).In(Rank + 1);
            var quotient = new CText($"{left.Signed(binary.Bits).In(Rank)} {sign} {by}", Rank, CKind.S64);
            return binary.Bits == 64 ? quotient : CText.Cast("u32", quotient, CKind.U32);
        }

        left = binary.Bits == 32 ? left.ToU32() : left.Unsigned();
        if (binary.Bits == 64 && left.Kind != CKind.U64 && right.Kind != CKind.U64) left = left.ToU64();
        return new($"{left.In(Rank)} {sign} {right.In(Rank + 1)}", Rank, kind);
    }

    // A shift is by the low 6 or 5 bits of its count.
    private static string Count(Binary shift, CText count)
    {
        int most = shift.Bits - 1;
        if (shift.Right is Number number) return ((int)number.Value & most).ToString(CultureInfo.InvariantCulture);
        bool fits = shift.Right is Binary { Operator: BinaryOperator.And, Right: Number { Value: var mask } } && mask <= (ulong)most;
        return fits ? count.Number().In(Binding.Shift + 1) : $"({count.Number().In(Binding.BitAnd)} & {most})";
    }

    private static (string Sign, int Rank) Sign(BinaryOperator op) => op switch
    {
        BinaryOperator.Add => ("+", Binding.Sum),
        BinaryOperator.Subtract => ("-", Binding.Sum),
        BinaryOperator.Multiply => ("*", Binding.Product),
        BinaryOperator.Divide or BinaryOperator.SignedDivide => ("/", Binding.Product),
        BinaryOperator.Modulo or BinaryOperator.SignedModulo => ("%", Binding.Product),
        BinaryOperator.And => ("&", Binding.BitAnd),
        BinaryOperator.Or => ("|", Binding.BitOr),
        BinaryOperator.Xor => ("^", Binding.BitXor),
        BinaryOperator.ShiftLeft => ("<<", Binding.Shift),
        _ => (">>", Binding.Shift),
    };
}
