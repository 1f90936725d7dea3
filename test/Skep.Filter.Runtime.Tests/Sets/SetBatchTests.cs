using System;
using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Sets;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Tests.Sets;

/// <summary>Lines of a feed that are applied together do what they do one after the other.</summary>
public sealed class SetBatchTests
{
    private const int Values = 24;
    private const ulong Now = 1_000_000_000_000, Second = 1_000_000_000;

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(false, true, true)]
    public void A_batch_does_what_its_lines_do(bool hasRanges, bool isTimed, bool isCounted)
    {
        var random = new Random(7);
        var form = new ElementForm([DataType.Ipv4Addr], hasRanges, isTimed, isCounted);
        for (var run = 0; run < 300; run++)
        {
            var model = new ulong?[Values];
            var fed = new FedElements(1, isCounted);
            var fedModel = new ulong?[Values];
            var rows = SetRows.None(1, isCounted);
            for (var b = 0; b < 4; b++)
            {
                var batch = new SetBatch(form);
                var lines = random.Next(1, 30);
                for (var line = 0; line < lines; line++) Line(batch, random, hasRanges, isTimed, model, fedModel);
                Assert.True(batch.Count > 0);
                var decisions = batch.Decide(isTimed, null, Now);
                rows = decisions.Apply(rows);
                fed.Add(decisions, Now);
                Assert.Equal(model, ValuesOf(rows));
                Assert.Equal(fedModel, ValuesOf(fed.Rows(Now)));
            }
        }
    }

    [Fact]
    public void Many_that_alternate_cost_no_square()
    {
        var form = new ElementForm([DataType.Ipv4Addr], true, true, false);
        Growth.AssertAboutLinear(8000, size => size, size =>
        {
            var batch = new SetBatch(form);
            for (uint i = 0; i < size; i++)
            {
                batch.Add([new(i * 4, (i * 4) + 1)], TimeSpan.FromSeconds(1), default);
                batch.Delete([new(i * 4, i * 4)]);
            }
            Assert.Equal(size, batch.Decide(true, null, Now).Added.Count);
        });
    }

    private static void Line(SetBatch batch, Random random, bool hasRanges, bool isTimed, ulong?[] model, ulong?[] fed)
    {
        var low = random.Next(Values);
        var high = hasRanges && random.Next(3) == 0 ? Math.Min(Values - 1, low + random.Next(6)) : low;
        Interval[] row = [new((uint)low, (uint)high)];
        var kind = random.Next(40);
        if (kind == 0)
        {
            batch.Flush();
            Array.Clear(model);
            Array.Clear(fed);
        }
        else if (kind < 18)
        {
            batch.Delete(row);
            for (var value = low; value <= high; value++) model[value] = fed[value] = null;
        }
        else
        {
            TimeSpan? timeout = isTimed && random.Next(3) > 0 ? TimeSpan.FromSeconds(random.Next(1, 9)) : null;
            batch.Add(row, timeout, default);
            var end = timeout is { } time ? Now + (ulong)time.TotalSeconds * Second : SetRows.Forever;
            for (var value = low; value <= high; value++)
            {
                model[value] = model[value] is { } old ? SetRows.Later(old, end) : end;
                fed[value] = fed[value] is { } before ? SetRows.Later(before, end) : end;
            }
        }
    }

    private static ulong?[] ValuesOf(SetRows rows)
    {
        var values = new ulong?[Values];
        for (var row = 0; row < rows.Count; row++)
            for (var value = rows[row][0].Low; value <= rows[row][0].High; value++) values[(int)value] = rows.EndOf(row);
        return values;
    }
}
