using Skep.Filter.Classify;

namespace Skep.Filter.Tests.Classify;

/// <summary>Numbers for rules that are added to a list.</summary>
public sealed class RuleOrderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(4_000_000)]
    public void Orders_have_room_before_between_and_behind_rules(int rules)
    {
        var order = new RuleOrder(rules);
        var first = rules == 0 ? RuleOrder.Last : order.Of(0);
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(order.TryBetween(0, first, out var before));
            Assert.True(before > 0 && before < first && order.CountBefore(before) == 0);
            first = before;
        }
        if (rules == 0) return;
        var last = order.Of(rules - 1);
        Assert.True(last > 0);
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(order.TryBetween(last, RuleOrder.Last, out var behind));
            Assert.True(behind > last && order.CountBefore(behind) == rules);
            last = behind;
        }
        for (var at = 1; at < rules; at += Math.Max(1, rules / 100))
        {
            var (low, high, count) = (order.Of(at - 1), order.Of(at), 0);
            Assert.Equal(at, order.CountBefore(high));
            while (order.TryBetween(low, high, out var between))
            {
                Assert.Equal(at, order.CountBefore(between));
                (low, count) = (between, count + 1);
            }
            Assert.True(count > 20 && high - low == 1, $"{count} numbers between two rules");
        }
        Assert.Equal((0, rules), (order.CountBefore(order.Of(0)), order.CountBefore(RuleOrder.Last)));
    }
}
