using Skep.Filter.Format;
using Skep.Filter.Json;

namespace Skep.Filter.Tests.Check;

/// <summary>Sets whose elements count: what is read, what is refused.</summary>
public sealed class CountedSetTests
{
    [Theory]
    [InlineData("counter; counter", "the set has counter twice")]
    [InlineData("counter packets 5 packets 6", "the counter has packets twice")]
    [InlineData("counter packets", "a number of packets")]
    [InlineData("counter bytes x", "x is not a number that a counter begins from")]
    [InlineData("counter packets 99999999999999999999", "is not a number that a counter begins from")]
    [InlineData("counter name x", "behind counter")]
    [InlineData("counter elements = { 10.0.0.1 }", "behind counter")]
    [InlineData("elements = { 10.0.0.1 counter }", "the set's elements do not count")]
    [InlineData("counter; elements = { 10.0.0.1 counter counter }", "the element has counter twice")]
    [InlineData("counter; elements = { 10.0.0.1 counter packets -1 }", "packets")]
    [InlineData("flags timeout; counter; elements = { 10.0.0.1 timeout 1s counter timeout 2s }", "the element has timeout twice")]
    [InlineData("counter; elements = { 10.0.0.0/24, 10.0.0.7 }", "10.0.0.7 is in 10.0.0.0/24 or overlaps it")]
    [InlineData("counter; elements = { 10.0.0.1-10.0.0.9, 10.0.0.9-10.0.0.12 }", "or overlaps it")]
    [InlineData("flags timeout; counter; elements = { 10.0.0.1, 10.0.0.1 timeout 1s }", "or overlaps it")]
    public void What_makes_no_sense_is_refused(string body, string message) => Assert.Contains(
        message, string.Join('\n', Rules.Messages($"set s {{ type ipv4_addr; {body} }}\nip saddr @s drop")), StringComparison.Ordinal);

    [Fact]
    public void Values_of_a_rule_do_not_count() => Assert.Contains(
        "values in a rule do not count", Assert.Single(Rules.Messages("ip saddr { 10.0.0.1 counter } drop")), StringComparison.Ordinal);

    [Theory]
    [InlineData("10.0.0.1 counter packets 1 bytes 2\n10.0.0.2 counter bytes 9\n10.0.0.3\n", "")]
    [InlineData("10.0.0.0/24\n10.0.0.1\n", "overlaps it")]
    [InlineData("10.0.0.1 counter packets\n", "not an element of set s")]
    [InlineData("10.0.0.1 counter counter\n", "not an element of set s")]
    [InlineData("10.0.0.1 packets 5\n", "not an element of set s")]
    public void A_feed_has_counters(string feed, string message)
    {
        var file = Rules.Read("table t {\nset s { type ipv4_addr; counter packets 4; file \"f\" }\nip saddr @s drop\n}", feed);
        Assert.Equal(message.Length == 0, file.Table is not null);
        Assert.Contains(message, string.Join('\n', file.Diagnostics.Select(d => d.Message)), StringComparison.Ordinal);
        if (file.Table is { } table)
            Assert.Equal([(1, 2), (0, 9), (4, 0)],
                Enumerable.Range(0, 3).Select(table.Sets[0].AllElements().CountOf).Select(c => ((int)c.Packets, (int)c.Bytes)));
    }

    [Fact]
    public void A_feed_of_a_set_that_does_not_count_has_none() => Assert.Contains(
        "do not count",
        Assert.Single(Rules.Read("table t {\nset s { type ipv4_addr; file \"f\" }\nip saddr @s drop\n}", "10.0.0.1 counter\n").Diagnostics)
            .Message, StringComparison.Ordinal);

    [Fact]
    public void Elements_are_written_as_they_were_and_read_again()
    {
        const string Text = """
            table t {
                policy pass

                set s {
                    type ipv4_addr
                    flags interval, timeout
                    counter
                    timeout 1h
                    elements = { 10.0.0.0/25 counter packets 5 bytes 0,
                        10.0.0.128/25 counter packets 1 bytes 2 timeout 1d, 10.0.1.0-10.0.1.2, 10.0.1.3 }
                }

                ip saddr @s drop
            }

            """;
        var table = Rules.Read(Text).Table!;
        Assert.Equal(Text, TableFormatter.Format(table));
        Assert.Equal(table.Sets, TableJson.Read("t", TableJson.Write(table), _ => new(null)).Table!.Sets);
    }
}
