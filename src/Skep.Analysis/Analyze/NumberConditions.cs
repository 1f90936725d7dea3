using Skep.Analysis.Decompile.Lift;
using Skep.Isa;
using Exact = Skep.Analysis.Decompile.Lift.Arithmetic;

namespace Skep.Analysis.Analyze;

/// <summary>What is known of two numbers after a conditional jump that compares them.</summary>
internal static class NumberConditions
{
    /// <summary>The numbers of the left operand that take an edge. All, when none of them does: the edge still exists.</summary>
    /// <param name="jump">The jump.</param>
    /// <param name="left">The numbers before it.</param>
    /// <param name="right">The number that they are compared with.</param>
    /// <param name="taken">Whether it jumps.</param>
    public static Numbers Left(in DecodedInstruction jump, in Numbers left, ulong right, bool taken)
    {
        Condition condition = jump.Condition;
        bool narrow = jump.Is32Bit;
        if (left.ToList() is { } few)
        {
            ulong[] kept = [.. few.Where(number => Exact.Compare(condition, narrow ? 32 : 64, number, right) == taken)];
            return kept.Length == 0 ? left : Numbers.OfAny(kept);
        }

        // A comparison of 32 bits speaks of the whole number only when the rest is 0.
        if (narrow && left.Greatest > uint.MaxValue) return left;
        if (narrow) right = (uint)right;
        if (condition == Condition.AnyBit) return Bits(left, right, taken);
        ulong negative = narrow ? 1UL << 31 : 1UL << 63, most = narrow ? uint.MaxValue : ulong.MaxValue;
        bool below = right < negative;
        (ulong, ulong) all = (0, most);
        (ulong least, ulong greatest) = (Unsigned(condition), taken) switch
        {
            (Condition.Equal, true) or (Condition.NotEqual, false) => (right, right),
            (Condition.Equal, false) or (Condition.NotEqual, true) =>
                (left.Least == right ? right + 1 : 0UL, left.Greatest == right ? right - 1 : most),
            _ when IsSigned(condition) && left.Greatest >= negative && left.Least < negative =>
                Sign(condition, taken, right, negative, most),
            _ when IsSigned(condition) && left.Least < negative != below => all,
            (Condition.Greater, true) or (Condition.LessOrEqual, false) => right == most ? all : (right + 1, most),
            (Condition.GreaterOrEqual, true) or (Condition.Less, false) => (right, most),
            (Condition.Less, true) or (Condition.GreaterOrEqual, false) => right == 0 ? all : (0UL, right - 1),
            (Condition.LessOrEqual, true) or (Condition.Greater, false) => (0UL, right),
            _ => all,
        };
        (least, greatest) = (Math.Max(least, left.Least), Math.Min(greatest, left.Greatest));
        return least > greatest ? left : Numbers.Bounded(left.Bits, left.Open, least, greatest);
    }

    /// <summary>The condition with its operands the other way around.</summary>
    public static DecodedInstruction Swapped(in DecodedInstruction jump) => jump with
    {
        First = new Instruction((byte)((jump.First.Code & 0x0f) | (byte)Exact.Mirror(jump.Condition)), jump.First.Dst, jump.First.Src,
            jump.First.Off, jump.First.Imm),
    };

    private static Numbers Bits(in Numbers left, ulong mask, bool taken)
    {
        if (!taken) return (left.Bits & mask) != 0 ? left : Numbers.Bounded(left.Bits, left.Open & ~mask, left.Least, left.Greatest);
        return ulong.IsPow2(mask) && (left.Open & mask) != 0
            ? Numbers.Bounded(left.Bits | mask, left.Open & ~mask, left.Least, left.Greatest) : left;
    }

    private static bool IsSigned(Condition condition) =>
        condition is Condition.SignedGreater or Condition.SignedGreaterOrEqual or Condition.SignedLess or Condition.SignedLessOrEqual;

    private static Condition Unsigned(Condition condition) => condition switch
    {
        Condition.SignedGreater => Condition.Greater,
        Condition.SignedGreaterOrEqual => Condition.GreaterOrEqual,
        Condition.SignedLess => Condition.Less,
        Condition.SignedLessOrEqual => Condition.LessOrEqual,
        _ => condition,
    };

    // Numbers of both signs: above something that is not negative there are none below 0, and the reverse.
    private static (ulong Least, ulong Greatest) Sign(Condition condition, bool taken, ulong right, ulong negative, ulong most)
    {
        bool greater = condition is Condition.SignedGreater or Condition.SignedGreaterOrEqual == taken;
        bool equal = condition is Condition.SignedGreaterOrEqual or Condition.SignedLessOrEqual == taken;
        bool below = right < negative;
        if (greater && (below || (!equal && right == most))) return (!below ? 0 : equal ? right : right + 1, negative - 1);
        if (!greater && (!below || (!equal && right == 0)))
            return (negative, below ? most : equal ? right : Math.Max(negative, right - 1));
        return (0, most);
    }
}
