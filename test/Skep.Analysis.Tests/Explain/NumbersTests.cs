using CsCheck;
using Skep.Analysis.Analyze;
using Skep.Analysis.Tests.Decompile;
using Skep.Isa;

namespace Skep.Analysis.Tests.Explain;

/// <summary>Sets of numbers: whatever is done to them, what happens to any of their members is among the result.</summary>
public sealed class NumbersTests
{
    private static readonly AluOp[] Binaries =
        [AluOp.Add, AluOp.Sub, AluOp.Mul, AluOp.Div, AluOp.Or, AluOp.And, AluOp.Lsh, AluOp.Rsh, AluOp.Mod, AluOp.Xor, AluOp.Arsh];
    private static readonly JumpOp[] Comparisons =
        [JumpOp.Jeq, JumpOp.Jgt, JumpOp.Jge, JumpOp.Jset, JumpOp.Jne, JumpOp.Jsgt, JumpOp.Jsge, JumpOp.Jlt, JumpOp.Jle, JumpOp.Jslt,
            JumpOp.Jsle];

    private static readonly Gen<ulong> Number = Gen.OneOf(
        Gen.ULong[0, 20],
        Gen.ULong[0, 20].Select(number => unchecked(0 - number)),
        Gen.Int[0, 63].Select(bit => 1UL << bit),
        Gen.Int[0, 63].Select(bit => (1UL << bit) - 1),
        Gen.Select(Gen.ULong, Gen.Int[0, 63], (number, shift) => number >> shift),
        Gen.UInt.Select(number => (ulong)number),
        RandomProgram.OneOf(0x7fffffffUL, 0x80000000UL, 0xffffffffUL, 0x7fffffffffffffffUL, 0x8000000000000000UL, 0xffffffff80000000UL));

    // A set with two of its members.
    private static readonly Gen<(Numbers Set, ulong[] Members)> Sets = Gen.OneOf(
        Number.Array[1, 24].Select(numbers => (Numbers.OfAny(numbers), numbers)),
        Number.Array[1, 3].Select(numbers => (Numbers.OfAny(numbers), numbers)),
        Gen.Select(Number, Number, Gen.ULong,
            (a, b, part) =>
                (Numbers.Between(Math.Min(a, b), Math.Max(a, b)), new[] { a, b,
                    Math.Min(a, b) + (part % (Math.Max(a, b) - Math.Min(a, b) | 1)) })),
        Gen.Select(Number, Number, Number,
            (bits, open, part) =>
                (Numbers.Bounded(bits, open, 0, ulong.MaxValue), new[] { (bits & ~open) | (part & open), bits & ~open, bits | open })),
        Number.Select(number => (Numbers.Any, new[] { number })));

    [Fact]
    public void Members_are_contained() =>
        Sets.Sample(
            set =>
                Array.TrueForAll(set.Members, member => set.Set.Contains(member) && member >= set.Set.Least && member <= set.Set.Greatest),
                iter: 20_000);

    [Fact]
    public void Arithmetic_of_members_is_in_the_arithmetic_of_sets() =>
        Gen.Select(Sets, Sets, Instructions).Sample(
            (left, right, item) =>
            {
                Numbers result = NumberArithmetic.Apply(item, left.Set, right.Set);
                foreach (ulong a in left.Members)
                    foreach (ulong b in right.Members)
                        if (NumberArithmetic.Concrete(item, a, b) is not { } number || !result.Contains(number)) return false;
                return true;
            },
            iter: 60_000,
            print: value =>
                $"{value.Item3.Kind} {value.Item3.AluOp} 32-bit {value.Item3.Is32Bit}: {Text(value.Item1)} with {Text(value.Item2)} gives "
                + $"{Text((NumberArithmetic.Apply(value.Item3, value.Item1.Set, value.Item2.Set), []))}");

    [Fact]
    public void Members_that_take_a_way_are_kept() =>
        Gen.Select(Sets, Number, Gen.Int[0, Comparisons.Length - 1], Gen.Bool, Gen.Bool).Sample(
            (left, right, comparison, wide, taken) =>
            {
                DecodedInstruction jump =
                    Decoder.Decode(new Instruction((byte)((int)Comparisons[comparison] | (wide ? 5 : 6) | 8), 1, 2, 1, 0));
                Numbers kept = NumberConditions.Left(jump, left.Set, right, taken),
                    swapped = NumberConditions.Left(NumberConditions.Swapped(NumberConditions.Swapped(jump)), left.Set, right, taken);
                return kept == swapped
                    && Array.TrueForAll(left.Members,
                        member => Holds(Comparisons[comparison], member, right, wide) != taken || kept.Contains(member));
            },
            iter: 60_000,
            print: value => $"{Comparisons[value.Item3]} wide {value.Item4} taken {value.Item5}: {Text(value.Item1)} to {value.Item2:x}");

    [Fact]
    public void Both_sides_of_a_join_are_in_it() =>
        Gen.Select(Sets, Sets, Gen.Bool).Sample(
            (left, right, widen) =>
            {
                Numbers joined = left.Set.Join(right.Set, widen);
                return left.Members.Concat(right.Members).All(joined.Contains) && joined.Join(left.Set, widen) == joined
                    && joined.Join(right.Set, widen) == joined;
            },
            iter: 40_000,
            print: value =>
                $"{Text(value.Item1)} and {Text(value.Item2)} widen {value.Item3}: "
                + $"{Text((value.Item1.Set.Join(value.Item2.Set, value.Item3), []))}");

    [Fact]
    public void Widening_ends() =>
        Sets.Array[40].Sample(sets =>
        {
            Numbers all = sets[0].Set;
            int changes = 0;
            foreach ((Numbers set, _) in sets)
            {
                Numbers next = all.Join(set, widen: true);
                if (next != all) changes++;
                all = next;
            }

            return changes <= 5;
        }, iter: 2_000);

    [Fact]
    public void Parts_and_signs_of_members_are_in_those_of_sets() =>
        Gen.Select(Sets, Gen.Int[0, 3], Gen.Int[0, 7]).Sample(
            (set, size, skip) =>
            {
                int bytes = 1 << size, bits = 8 * bytes;
                skip &= 8 - bytes;
                Numbers part = NumberArithmetic.Part(set.Set, skip, bytes), signed = NumberArithmetic.Signed(set.Set, bits);
                return Array.TrueForAll(set.Members,
                    member => part.Contains(member >> (8 * skip) & (bits == 64 ? ulong.MaxValue : (1UL << bits) - 1))
                    && signed.Contains((ulong)((long)(member << (64 - bits)) >> (64 - bits))));
            },
            iter: 30_000);

    // What compilers make of a comparison, without a jump: (9 - len) >> 63 << 1, and the like.
    [Theory]
    [InlineData(AluOp.Rsh, 63, AluOp.Lsh, 1, "0 2")]
    [InlineData(AluOp.Rsh, 62, AluOp.And, 2, "0 2")]
    [InlineData(AluOp.Arsh, 63, AluOp.And, 2, "0 2")]
    [InlineData(AluOp.Arsh, 63, AluOp.Add, 2, "1 2")]
    [InlineData(AluOp.Rsh, 63, AluOp.Xor, 1, "0 1")]
    [InlineData(AluOp.And, 1, AluOp.Sub, 1, "0 18446744073709551615")]
    [InlineData(AluOp.Mod, 3, AluOp.Mul, 2, "0 2 4")]
    public void A_boolean_stays_two_numbers(AluOp first, int by, AluOp then, int with, string numbers)
    {
        Numbers made =
            NumberArithmetic.Apply(Binary(then, true), NumberArithmetic.Apply(Binary(first, true), Numbers.Any, Numbers.Of((ulong)by)),
                Numbers.Of((ulong)with));
        Assert.Equal(numbers, string.Join(' ', made.ToList() ?? []));
    }

    private static Gen<DecodedInstruction> Instructions => Gen.OneOf(
        Gen.Select(Gen.Int[0, Binaries.Length - 1], Gen.Bool, (op, wide) => Binary(Binaries[op], wide)),
        Gen.Select(Gen.Bool, RandomProgram.OneOf(AluOp.Div, AluOp.Mod),
            (wide, op) => Decoder.Decode(new Instruction((byte)((wide ? 7 : 4) | (int)op | 8), 1, 2, 1, 0))),
        Gen.Bool.Select(wide => Decoder.Decode(new Instruction((byte)(wide ? 0x87 : 0x84), 1, 0, 0, 0))),
        Gen.Select(RandomProgram.OneOf((short)8, (short)16), Gen.Bool,
            (bits, wide) => Decoder.Decode(new Instruction((byte)(wide ? 0xbf : 0xbc), 1, 2, bits, 0))),
        Gen.Select(RandomProgram.OneOf((byte)0xd4, (byte)0xdc, (byte)0xd7), RandomProgram.OneOf(16, 32, 64),
            (code, bits) => Decoder.Decode(new Instruction(code, 1, 0, 0, bits))));

    private static DecodedInstruction Binary(AluOp op, bool wide) =>
        Decoder.Decode(new Instruction((byte)((wide ? 7 : 4) | (int)op | 8), 1, 2, 0, 0));

    private static bool Holds(JumpOp op, ulong a, ulong b, bool wide)
    {
        if (!wide) (a, b) = ((uint)a, (uint)b);
        (long x, long y) = wide ? ((long)a, (long)b) : ((int)a, (int)b);
        return op switch
        {
            JumpOp.Jeq => a == b,
            JumpOp.Jne => a != b,
            JumpOp.Jgt => a > b,
            JumpOp.Jge => a >= b,
            JumpOp.Jlt => a < b,
            JumpOp.Jle => a <= b,
            JumpOp.Jsgt => x > y,
            JumpOp.Jsge => x >= y,
            JumpOp.Jslt => x < y,
            JumpOp.Jsle => x <= y,
            _ => (a & b) != 0,
        };
    }

    private static string Text((Numbers Set, ulong[] Members) set) =>
        $"[{set.Set.Least:x}..{set.Set.Greatest:x} bits {set.Set.Bits:x} open {set.Set.Open:x} few "
        + $"{string.Join(' ', set.Set.ToList() ?? [])}] "
        + $"{string.Join(' ', set.Members.Select(member => member.ToString("x", System.Globalization.CultureInfo.InvariantCulture)))}";
}
