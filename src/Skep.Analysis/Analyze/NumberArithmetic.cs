using System.Numerics;
using Skep.Analysis.Decompile.Lift;
using Skep.Isa;
using Exact = Skep.Analysis.Decompile.Lift.Arithmetic;

namespace Skep.Analysis.Analyze;

/// <summary>What arithmetic instructions make of numbers.</summary>
internal static class NumberArithmetic
{
    /// <summary>The results of an arithmetic instruction, a conversion or a negation; any number of what is none of these.</summary>
    public static Numbers Apply(in DecodedInstruction item, in Numbers left, in Numbers right)
    {
        int bits =
            item.Is32Bit && item.Kind is not (OperationKind.ToLittleEndian or OperationKind.ToBigEndian or OperationKind.ByteSwap)
                ? 32 : 64;
        Numbers a = Low(left, bits), b = Low(right, bits);
        if (a.ToList() is { } lefts && b.ToList() is { } rights && Each(item, lefts, rights) is { } each) return each;
        return Low(Bitwise(item, a, b, bits), bits);
    }

    /// <summary>The low bits of numbers.</summary>
    public static Numbers Low(in Numbers numbers, int bits)
    {
        if (bits >= 64) return numbers;
        ulong mask = (1UL << bits) - 1;
        if (numbers.Greatest <= mask) return numbers;
        if (numbers.ToList() is { } few) return Numbers.OfAny([.. few.Select(number => number & mask)]);
        return Numbers.Bounded(numbers.Bits & mask, numbers.Open & mask, 0, mask);
    }

    /// <summary>Numbers whose low bits are read as signed.</summary>
    public static Numbers Signed(in Numbers numbers, int bits)
    {
        Numbers low = Low(numbers, bits);
        if (bits >= 64 || low.Greatest >> (bits - 1) == 0) return low;
        if (low.ToList() is { } few) return Numbers.OfAny([.. few.Select(number => Exact.Extend(bits, 64, signed: true, number))]);
        ulong above = ~0UL << bits, sign = 1UL << (bits - 1);
        bool open = (low.Open & sign) != 0;
        return Numbers.Bounded(open ? low.Bits : low.Bits | above, open ? low.Open | above : low.Open, 0, ulong.MaxValue);
    }

    /// <summary>A part of a number as it lies in memory.</summary>
    public static Numbers Part(in Numbers numbers, int skip, int size) => Low(ShiftedRight(numbers, 8 * skip), 8 * size);

    /// <summary>What an instruction makes of two numbers; null when it is no arithmetic.</summary>
    public static ulong? Concrete(in DecodedInstruction item, ulong left, ulong right)
    {
        int bits = item.Is32Bit ? 32 : 64;
        return item.Kind switch
        {
            OperationKind.Negate => Exact.Negate(bits, left),
            OperationKind.SignedDivide => Exact.Binary(BinaryOperator.SignedDivide, bits, left, right),
            OperationKind.SignedModulo => Exact.Binary(BinaryOperator.SignedModulo, bits, left, right),
            OperationKind.MoveSignExtend => Exact.Extend(item.ConversionBits, bits, signed: true, right),
            OperationKind.ToLittleEndian or OperationKind.ToBigEndian or OperationKind.ByteSwap =>
                Exact.Reorder(item.Kind, item.ConversionBits, left),
            OperationKind.Arithmetic when InstructionLifter.Operator(item.AluOp) is { } op => Exact.Binary(op, bits, left, right),
            _ => null,
        };
    }

    private static Numbers? Each(in DecodedInstruction item, IReadOnlyList<ulong> lefts, IReadOnlyList<ulong> rights)
    {
        Span<ulong> found = stackalloc ulong[Numbers.Most * Numbers.Most];
        int count = 0;
        foreach (ulong left in lefts)
        {
            foreach (ulong right in rights)
            {
                if (Concrete(item, left, right) is not { } number) return null;
                found[count++] = number;
            }
        }

        return Numbers.OfAny(found[..count]);
    }

    private static Numbers Bitwise(in DecodedInstruction item, in Numbers a, in Numbers b, int bits)
    {
        switch (item.Kind)
        {
            case OperationKind.Negate:
                return Difference(Numbers.Of(0), a);
            case OperationKind.MoveSignExtend:
                return Signed(b, item.ConversionBits);
            case OperationKind.ToLittleEndian:
                return Low(a, item.ConversionBits);
            case OperationKind.ToBigEndian or OperationKind.ByteSwap:
                return Numbers.Bounded(Exact.Reorder(item.Kind, item.ConversionBits, a.Bits),
                    Exact.Reorder(item.Kind, item.ConversionBits, a.Open), 0, ulong.MaxValue);
            case OperationKind.Arithmetic:
                break;
            default:
                return Numbers.Any;
        }

        ulong most = bits == 32 ? uint.MaxValue : ulong.MaxValue;
        int? shift = b.Single is { } count ? (int)(count & (ulong)(bits - 1)) : null;
        switch (item.AluOp)
        {
            case AluOp.Add:
                return Sum(a, b);
            case AluOp.Sub:
                return Difference(a, b);
            case AluOp.And:
                return Numbers.Bounded(a.Bits & b.Bits, (a.Open | a.Bits) & (b.Open | b.Bits) & ~(a.Bits & b.Bits), 0,
                    Math.Min(a.Greatest, b.Greatest));
            case AluOp.Or:
                return Numbers.Bounded(a.Bits | b.Bits, (a.Open | b.Open) & ~(a.Bits | b.Bits), Math.Max(a.Least, b.Least),
                    a.Greatest <= most - b.Greatest ? a.Greatest + b.Greatest : most);
            case AluOp.Xor:
                return Numbers.Bounded(a.Bits ^ b.Bits, a.Open | b.Open, 0, most);
            case AluOp.Lsh when shift is { } left:
                bool fits = left == 0 || a.Greatest >> (64 - left) == 0;
                return Numbers.Bounded(
                    a.Bits << left, a.Open << left, fits ? a.Least << left : 0, fits ? a.Greatest << left : ulong.MaxValue);
            case AluOp.Rsh when shift is { } right:
                return ShiftedRight(a, right);
            case AluOp.Arsh when shift is { } arithmetic:
                return SignShifted(Signed(a, bits), arithmetic, bits - arithmetic);
            case AluOp.Rsh:
                return Numbers.Between(0, a.Greatest);
            case AluOp.Mul when a.Greatest == 0 || b.Greatest <= ulong.MaxValue / Math.Max(1, a.Greatest):
                return Numbers.Between(a.Least * b.Least, a.Greatest * b.Greatest);
            case AluOp.Mul when b.Single is { } factor && BitOperations.IsPow2(factor):
                int power = BitOperations.TrailingZeroCount(factor);
                return Numbers.Bounded(a.Bits << power, a.Open << power, 0, ulong.MaxValue);
            case AluOp.Div:
                return b.Least > 0 ? Numbers.Between(a.Least / b.Greatest, a.Greatest / b.Least) : Numbers.Between(0, a.Greatest);
            case AluOp.Mod:
                return Numbers.Between(0, b.Least > 0 ? Math.Min(a.Greatest, b.Greatest - 1) : a.Greatest);
            default:
                return Numbers.Any;
        }
    }

    private static Numbers ShiftedRight(in Numbers a, int count) =>
        Numbers.Bounded(a.Bits >> count, a.Open >> count, a.Least >> count, a.Greatest >> count);

    private static Numbers SignShifted(in Numbers a, int count, int left)
    {
        const int shown = 4;
        ulong bits = (ulong)((long)a.Bits >> count), open = (ulong)((long)a.Open >> count);
        if (left > shown || open >> 63 == 0) return Numbers.Bounded(bits, open, 0, ulong.MaxValue);

        // What is left of the number, each with its sign.
        Span<ulong> few = stackalloc ulong[Numbers.Most];
        int found = 0;
        for (long number = -(1L << (left - 1)); number < 1L << (left - 1); number++)
            if (((ulong)number & ~open) == (bits & ~open)) few[found++] = (ulong)number;
        return Numbers.OfAny(few[..found]);
    }

    // tnum_add and tnum_sub of kernel/bpf/tnum.c.
    private static Numbers Sum(in Numbers a, in Numbers b)
    {
        unchecked
        {
            ulong open = a.Open + b.Open, bits = a.Bits + b.Bits, changed = ((open + bits) ^ bits) | a.Open | b.Open;
            bool fits = a.Greatest <= ulong.MaxValue - b.Greatest;
            return Numbers.Bounded(bits & ~changed, changed, fits ? a.Least + b.Least : 0, fits ? a.Greatest + b.Greatest : ulong.MaxValue);
        }
    }

    private static Numbers Difference(in Numbers a, in Numbers b)
    {
        unchecked
        {
            ulong bits = a.Bits - b.Bits, changed = ((bits + a.Open) ^ (bits - b.Open)) | a.Open | b.Open;
            bool fits = a.Least >= b.Greatest;
            return Numbers.Bounded(bits & ~changed, changed, fits ? a.Least - b.Greatest : 0, fits ? a.Greatest - b.Least : ulong.MaxValue);
        }
    }
}
