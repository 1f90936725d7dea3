using System.Buffers.Binary;
using Skep.Isa;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>What operations on numbers give.</summary>
internal static class Arithmetic
{
    public static ulong Binary(BinaryOperator op, int bits, ulong a, ulong b) =>
        bits == 64 ? Wide(op, a, b) : (uint)Narrow(op, (uint)a, (uint)b);

    public static ulong Negate(int bits, ulong value) => bits == 64 ? 0 - value : (uint)(0 - value);

    public static ulong Extend(int from, int to, bool signed, ulong value)
    {
        ulong low = from == 64 ? value : value & ((1ul << from) - 1);
        if (!signed) return low;
        ulong wide = (ulong)((long)(low << (64 - from)) >> (64 - from));
        return to == 64 ? wide : (uint)wide;
    }

    /// <summary>Byte order conversion on a little-endian machine.</summary>
    public static ulong Reorder(OperationKind kind, int bits, ulong value) => (kind == OperationKind.ToLittleEndian, bits) switch
    {
        (true, 16) => (ushort)value,
        (true, 32) => (uint)value,
        (true, _) => value,
        (false, 16) => BinaryPrimitives.ReverseEndianness((ushort)value),
        (false, 32) => BinaryPrimitives.ReverseEndianness((uint)value),
        (false, _) => BinaryPrimitives.ReverseEndianness(value),
    };

    public static bool Compare(Condition condition, int bits, ulong a, ulong b)
    {
        if (bits == 32) (a, b) = ((uint)a, (uint)b);
        (long left, long right) = bits == 32 ? ((int)a, (int)b) : ((long)a, (long)b);
        return condition switch
        {
            Condition.Equal => a == b,
            Condition.NotEqual => a != b,
            Condition.Greater => a > b,
            Condition.GreaterOrEqual => a >= b,
            Condition.Less => a < b,
            Condition.LessOrEqual => a <= b,
            Condition.SignedGreater => left > right,
            Condition.SignedGreaterOrEqual => left >= right,
            Condition.SignedLess => left < right,
            Condition.SignedLessOrEqual => left <= right,
            _ => (a & b) != 0,
        };
    }

    /// <summary>The condition that holds when this one does not; null where no single one does.</summary>
    public static Condition? Opposite(Condition condition) => condition switch
    {
        Condition.Equal => Condition.NotEqual,
        Condition.NotEqual => Condition.Equal,
        Condition.Greater => Condition.LessOrEqual,
        Condition.GreaterOrEqual => Condition.Less,
        Condition.Less => Condition.GreaterOrEqual,
        Condition.LessOrEqual => Condition.Greater,
        Condition.SignedGreater => Condition.SignedLessOrEqual,
        Condition.SignedGreaterOrEqual => Condition.SignedLess,
        Condition.SignedLess => Condition.SignedGreaterOrEqual,
        Condition.SignedLessOrEqual => Condition.SignedGreater,
        _ => null,
    };

    /// <summary>The condition that holds of the operands the other way round.</summary>
    public static Condition Mirror(Condition condition) => condition switch
    {
        Condition.Greater => Condition.Less,
        Condition.GreaterOrEqual => Condition.LessOrEqual,
        Condition.Less => Condition.Greater,
        Condition.LessOrEqual => Condition.GreaterOrEqual,
        Condition.SignedGreater => Condition.SignedLess,
        Condition.SignedGreaterOrEqual => Condition.SignedLessOrEqual,
        Condition.SignedLess => Condition.SignedGreater,
        Condition.SignedLessOrEqual => Condition.SignedGreaterOrEqual,
        _ => condition,
    };

    private static ulong Wide(BinaryOperator op, ulong a, ulong b) => op switch
    {
        BinaryOperator.Add => a + b,
        BinaryOperator.Subtract => a - b,
        BinaryOperator.Multiply => a * b,
        BinaryOperator.Divide => b == 0 ? 0 : a / b,
        BinaryOperator.Modulo => b == 0 ? a : a % b,
        BinaryOperator.SignedDivide => b == 0 ? 0 : b == ulong.MaxValue ? 0 - a : (ulong)((long)a / (long)b),
        BinaryOperator.SignedModulo => b == 0 ? a : b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b),
        BinaryOperator.And => a & b,
        BinaryOperator.Or => a | b,
        BinaryOperator.Xor => a ^ b,
        BinaryOperator.ShiftLeft => a << (int)(b & 63),
        BinaryOperator.ShiftRight => a >> (int)(b & 63),
        _ => (ulong)((long)a >> (int)(b & 63)),
    };

    private static uint Narrow(BinaryOperator op, uint a, uint b) => op switch
    {
        BinaryOperator.Divide => b == 0 ? 0 : a / b,
        BinaryOperator.Modulo => b == 0 ? a : a % b,
        BinaryOperator.SignedDivide => b == 0 ? 0 : b == uint.MaxValue ? 0 - a : (uint)((int)a / (int)b),
        BinaryOperator.SignedModulo => b == 0 ? a : b == uint.MaxValue ? 0 : (uint)((int)a % (int)b),
        BinaryOperator.ShiftLeft => a << (int)(b & 31),
        BinaryOperator.ShiftRight => a >> (int)(b & 31),
        BinaryOperator.SignedShiftRight => (uint)((int)a >> (int)(b & 31)),
        _ => (uint)Wide(op, a, b),
    };
}
