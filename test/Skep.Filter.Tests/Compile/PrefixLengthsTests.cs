using CsCheck;
using Skep.Filter.Compile;
using Skep.Packets.Values;

namespace Skep.Filter.Tests.Compile;

/// <summary>Ranges that are written as prefixes of a few lengths: the prefixes are the ranges, and nothing else.</summary>
public sealed class PrefixLengthsTests
{
    [Theory]
    [InlineData(32, 8)]
    [InlineData(128, 20)]
    public void Prefixes_of_all_lengths_become_those_of_a_few(int bits, int shortest) =>
        Gen.ULong.Select(Gen.ULong, Gen.Int[shortest, bits]).Array[1, 300].Sample(all =>
        {
            var prefixes = all.Select(p => Interval.FromPrefix(new UInt128(p.Item1, p.Item2) >> (128 - bits), p.Item3, bits)).ToArray();
            Check(Apart(prefixes), bits);
        }, iter: 200);

    [Fact]
    public void Ranges_that_begin_and_end_anywhere_are_as_they_were() =>
        Gen.UInt.Select(Gen.UInt[0, 5000]).Array[1, 200].Sample(
            all => Check(Apart([.. all.Select(r => new Interval(r.Item1, Math.Min(uint.MaxValue, (ulong)r.Item1 + r.Item2)))]), 32),
            iter: 200);

    [Theory]
    [InlineData("::", 0)]
    [InlineData("::", 128)]
    [InlineData("2001:db8::", 48)]
    public void A_prefix_is_itself(string address, int length)
    {
        Assert.True(AddressText.TryParseIpv6(address, out var value));
        var range = Interval.FromPrefix(value, length, 128);
        var lengths = PrefixLengths.Choose([range], 128)!;
        Assert.Equal([length], lengths.Lengths);
        Assert.Equal([(range.Low, length)], lengths.Write(range));
    }

    private static void Check(Interval[] ranges, int bits)
    {
        if (PrefixLengths.Choose(ranges, bits) is not { } lengths) return;
        Assert.InRange(lengths.Lengths.Count, 1, SetTable.Most);
        Assert.Equal(lengths.Lengths.OrderDescending(), lengths.Lengths);
        foreach (var range in ranges)
        {
            var next = range.Low;
            foreach (var (first, length) in lengths.Write(range))
            {
                Assert.Contains(length, lengths.Lengths);
                Assert.Equal(next, first);
                var prefix = Interval.FromPrefix(first, length, bits);
                Assert.Equal(first, prefix.Low);
                next = prefix.High + 1;
            }
            Assert.Equal(range.High, next - 1);
        }
    }

    /// <summary>The ranges without those that overlap an earlier one.</summary>
    private static Interval[] Apart(Interval[] ranges)
    {
        Array.Sort(ranges);
        var kept = new List<Interval>();
        foreach (var range in ranges)
            if (kept.Count == 0 || range.Low > kept[^1].High) kept.Add(range);
        return [.. kept];
    }
}
