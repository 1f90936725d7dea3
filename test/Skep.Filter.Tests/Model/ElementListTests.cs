using System;
using CsCheck;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Tests.Model;

/// <summary>Whatever sorting and merging does, a list holds the values that one of its elements holds, and no others.</summary>
public sealed class ElementListTests
{
    private static readonly Gen<Interval> Range = Gen.Int[0, 40].Select(
        Gen.Int[0, 6], (low, more) => new Interval((UInt128)low, (UInt128)(low + more)));

    private static readonly Gen<TimeSpan?> Timeout = Gen.OneOf<int>(0, 1, 2, 3).Select(
        s => s == 0 ? (TimeSpan?)null : TimeSpan.FromSeconds(s));

    [Fact]
    public void Of_one_part() => Range.Array[0, 12].Select(Gen.OneOf<int>(0, 32, 120)).Sample((ranges, shift) =>
    {
        var builder = new ElementListBuilder(1);
        foreach (var range in ranges) builder.Add([new(range.Low << shift, range.High << shift)], null);
        var list = builder.Build();
        for (var value = 0; value < 50; value++)
        {
            var shifted = (UInt128)value << shift;
            Assert.Equal(ranges.Any(r => r.Contains((UInt128)value)), list.Contains([shifted]));
        }
        for (var i = 1; i < list.Count; i++) Assert.True(list[i - 1][0].High + 1 < list[i][0].Low);
    });

    [Fact]
    public void Of_two_parts() => Range.Select(Range).Array[0, 8].Sample(rows =>
    {
        var builder = new ElementListBuilder(2);
        foreach (var (first, second) in rows) builder.Add([first, second], null);
        var list = builder.Build();
        for (var a = 0; a < 48; a += 3)
            for (var b = 0; b < 48; b++)
                Assert.Equal(
                    rows.Any(r => r.Item1.Contains((UInt128)a) && r.Item2.Contains((UInt128)b)), list.Contains([(UInt128)a, (UInt128)b]));
    });

    [Fact]
    public void That_run_out() => Range.Select(Timeout).Array[0, 8].Select(Timeout).Sample((rows, general) =>
    {
        var builder = new ElementListBuilder(1);
        foreach (var (range, timeout) in rows) builder.Add([range], timeout);
        var list = builder.Build();
        for (var second = 0; second < 5; second++)
            for (var value = 0; value < 48; value++)
                Assert.Equal(
                    rows.Any(
                        r =>
                            r.Item1.Contains((UInt128)value)
                                && ((r.Item2 ?? general) is not { } end || TimeSpan.FromSeconds(second) < end)),
                    list.Find([(UInt128)value], TimeSpan.FromSeconds(second), general) >= 0);
    });
}
