using Skep.Filter.Classify;
using Skep.Filter.Compile;
using Skep.Filter.Update;
using Skep.Isa;

namespace Skep.Filter.Tests.Classify;

/// <summary>
/// Images and journals of edits are read by later versions: what they are like changes with <see cref="LoadedLists.CurrentFormat"/>.
/// </summary>
public sealed class ImageFormatTests
{
    [Fact]
    public void An_image_is_what_its_format_was()
    {
        var rules = Enumerable.Range(0, 600).Select(i => (i % 6) switch
        {
            0 => $"ip saddr 10.0.{i / 200}.{i % 200} udp dport {i} drop",
            1 => $"ip6 saddr 2001:db8::{i:x} tcp dport {i} pass",
            2 => $"tcp dport {i}-{2 * i} tcp flags syn drop",
            3 => $"icmp type {i % 200} icmp code {i % 7} drop",
            4 => $"ether saddr 52:54:00:00:{i / 200:x2}:{i % 200:x2} vlan id {i} drop",
            _ => $"ip daddr 10.{i % 200}.0.0/16 ip ttl {i % 200} meta length 60-1500 sctp sport {i} pass",
        });
        var table = Rules.ReadRules(string.Join('\n', rules)).Table!;
        var filter = FilterCompiler.Compile(FilterPlan.Of(table, 600, searched: 1), [.. Enumerable.Range(0, 600)]);
        Assert.NotNull(LoadedLists.Of(filter));
        Assert.Equal((1, "?"), (LoadedLists.CurrentFormat, Sha256Digest.Text(filter.WriteImage())));
    }

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
