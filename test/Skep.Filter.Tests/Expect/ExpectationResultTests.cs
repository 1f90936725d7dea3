using Skep.Filter.Expect;
using Skep.Filter.Model;
using Skep.Filter.Simulate;
using Skep.Filter.Syntax;

namespace Skep.Filter.Tests.Expect;

/// <summary>Which expectations hold, and what is said of those that do not.</summary>
public sealed class ExpectationResultTests
{
    private const string Text = """
        policy pass
        malformed drop
        tcp dport 22 drop comment "no ssh"
        udp dport 7 swap ip,udp tx
        vlan id 5 vlan id set 6 pass
        udp dport 53 limit rate over 1/second burst 1 drop
        icmp type 8 continue
        udp dport 6000 redirect eth1
        ip6 nexthdr tcp ip6 hoplimit set 9 pass
        """;

    [Theory]
    [InlineData("tcp 10.0.0.1:5 > 10.0.0.2:22 => drop by rule \"no ssh\"")]
    [InlineData("tcp 10.0.0.1:5 > 10.0.0.2:22 => drop by line 4")]
    [InlineData("tcp 10.0.0.1:5 > 10.0.0.2:23 => pass by policy rewritten tcp 10.0.0.1:5 > 10.0.0.2:23")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:7 => tx by rule 2 rewritten udp 10.0.0.2:7 > 10.0.0.1:5")]
    [InlineData("vlan 5 pcp 2 icmp 10.0.0.1 > 10.0.0.2 => pass rewritten vlan 6 pcp 2 icmp 10.0.0.1 > 10.0.0.2")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:6000 => redirect eth1")]
    [InlineData("icmp 10.0.0.1 > 10.0.0.2 => pass by policy")]
    [InlineData("0 2001:db8::1 > 2001:db8::2 payload 1 => drop by malformed")]
    [InlineData("tcp [2001:db8::1]:5 > [2001:db8::2]:80 => pass rewritten tcp [2001:db8::1]:5 > [2001:db8::2]:80 ttl 9")]
    public void What_holds_has_no_difference(string text) => Assert.Empty(Assert.Single(Decide(text)).Differences);

    [Theory]
    [InlineData("tcp 10.0.0.1:5 > 10.0.0.2:22 => pass", "the verdict is drop, expected pass")]
    [InlineData("tcp 10.0.0.1:5 > 10.0.0.2:22 => drop by policy", "decided by rule 1 in line 4, expected by policy")]
    [InlineData("tcp 10.0.0.1:5 > 10.0.0.2:23 => pass by rule 2", "decided by policy, expected by rule 2 in line 5")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:6000 => redirect eth2", "the verdict is redirect eth1, expected redirect eth2")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:6000 => redirect cpu 1", "the verdict is redirect eth1, expected redirect cpu 1")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:7 => tx rewritten udp 10.0.0.2:7 > 10.0.0.1:6",
        "udp dport is 5, expected 6")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:7 => drop rewritten udp 10.0.0.1:5 > 10.0.0.2:7",
        "the verdict is tx, expected drop; ip saddr is 10.0.0.2, expected 10.0.0.1; ip daddr is 10.0.0.1, expected 10.0.0.2; "
        + "udp sport is 7, expected 5; udp dport is 5, expected 7")]
    [InlineData("tcp [2001:db8::1]:5 > [2001:db8::2]:80 => pass rewritten tcp [2001:db8::1]:5 > [2001:db8::2]:80",
        "ip6 hoplimit is 9, expected 64")]
    public void What_does_not_hold_is_named(string text, string differences) =>
        Assert.Equal(differences, string.Join("; ", Assert.Single(Decide(text)).Differences));

    [Fact]
    public void Limits_count_the_packets_in_their_order()
    {
        const string query = "udp 10.0.0.1:5 > 10.0.0.2:53 => ";
        Assert.All(Decide($"{query}pass by policy\n{query}drop by rule 4\n{query}drop\n"), result => Assert.True(result.Holds));
    }

    [Fact]
    public void A_summary_counts_and_names_rules_that_no_packet_matched()
    {
        var table = Rules.Table(Text);
        var summary = new ExpectationSummary(table);
        foreach (var result in Decide("tcp 10.0.0.1:5 > 10.0.0.2:22 => drop\nicmp 10.0.0.1 > 10.0.0.2 => drop\n")) summary.Add(result);
        Assert.Equal((1, 1), (summary.Passed, summary.Failed));
        Assert.Equal([5, 6, 7, 9, 10], summary.NotMatched.Select(rule => rule.Line));
    }

    private static List<ExpectationResult> Decide(string text)
    {
        var table = Rules.Table(Text);
        (var expectations, var diagnostics) = ExpectationFile.Read(new SourceText("rules.expect", text), table);
        Assert.Empty(diagnostics.Select(DiagnosticFormatter.Format));
        using var simulator = new ReferenceSimulator(Interfaces.Resolve(table, (_, _) => 7));
        return [.. expectations!.Select(one => ExpectationResult.Of(one, table, simulator, Interfaces.Loopback))];
    }
}
