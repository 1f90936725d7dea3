using CsCheck;
using Skep.Filter.Check;
using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Packets.Building;
using Skep.Packets.Values;

namespace Skep.Filter.Tests.Check;

public sealed class FindingTests
{
    private static readonly Gen<string> CloseMatch = Gen.OneOf<string>(
        "ip saddr 10.0.0.0/8", "ip saddr 10.0.0.0/24", "ip saddr != 10.0.0.0/24", "ip saddr 0.0.0.0/0", "tcp dport 80", "tcp dport 0-1023",
        "tcp dport != 80", "tcp dport 0-65535",
        "udp dport 53", "udp dport { 53, 80 }", "meta l4proto tcp", "meta l4proto { tcp, udp }", "ip protocol tcp", "meta nfproto ipv4",
        "meta nfproto ipv6", "ip6 saddr ::/0", "ip frag none",
        "ip frag != later", "ip6 frag none", "ether type ip", "ether type { ip, ip6 }", "ether type != arp", "tcp flags syn",
        "tcp flags == syn", "tcp flags & (syn|ack) == syn", "vlan id 0-4095",
        "vlan id 100", "icmp type 8", "icmp type 0-255", "meta length > 60", "meta length > 100", "meta l4proto 0-255",
        "ip saddr . tcp dport 10.0.0.1 . 80");

    private static readonly Gen<string> CloseRule = CloseMatch.Array[0, 2].Select(
        Gen.OneOf<string>(
            "drop",
            "pass",
            "continue",
            "limit rate 1/second drop",
            "tcp dport set 80 continue",
            "swap ip continue",
            "ip saddr set 10.0.0.1 tx"), (m, v) => $"{string.Join(' ', m)} {v}");

    private static readonly List<byte[]> Packets = [.. PacketGenerator.Mixed(300).Select(PacketBuilder.Build)];

    [Fact]
    public void A_rule_said_to_be_never_reached_is_never_hit()
    {
        var claims = 0;
        CloseRule.Array[2, 8].Sample(lines =>
        {
            var rules = lines.Where(l => Rules.ReadRules(l).Table is not null).ToList();
            var table = Rules.Table(string.Join('\n', rules));
            var silent = ShadowedRules.Find(table.Rules).Select(s => s.Rule).ToHashSet();
            for (var i = 0; i < table.Rules.Count; i++)
                if (Constraints.Of(table.Rules[i]).FindEmpty() is not null) silent.Add(i);
            if (silent.Count == 0) return;
            Interlocked.Add(ref claims, silent.Count);
            var evaluator = new Evaluator(table, () => 0);
            foreach (var packet in Packets)
                foreach (var hit in evaluator.Decide(packet.ToArray(), 0).Hits)
                    Assert.False(silent.Contains(hit), $"{string.Join('\n', rules)}\n{PacketText.Format(packet)}");
        }, iter: 3000);
        Assert.True(claims > 500, $"{claims} claims");
    }

    [Theory]
    [InlineData("ip saddr 10.0.0.0/8 drop\nip saddr 10.1.0.0/16 tcp dport 80 pass", 3)]
    [InlineData("tcp dport 80 drop\nip saddr 10.0.0.1 tcp dport 80 pass", 3)]
    [InlineData("drop\nudp dport 53 pass", 3)]
    [InlineData("meta l4proto tcp drop\ntcp flags syn pass", 3)]
    [InlineData("ether type ip drop\nip saddr 10.0.0.1 pass", 3)]
    [InlineData("tcp flags syn drop\ntcp flags == syn|ack pass", 3)]
    [InlineData("set s { type ipv4_addr; elements = { 10.0.0.1 } }\nip saddr @s drop\nip saddr @s udp dport 5 pass", 4)]
    public void A_shadowed_rule_is_found(string rules, int line)
    {
        var finding = Assert.Single(Rules.ReadRules(rules).Diagnostics);
        Assert.StartsWith("the rule is never reached: the rule on line", finding.Message);
        Assert.Equal(line, finding.Line);
    }

    [Theory]
    [InlineData("tcp dport 80 limit rate 1/second drop\ntcp dport 80 pass")]
    [InlineData("tcp dport 80 continue\ntcp dport 80 pass")]
    [InlineData("ip saddr 10.0.0.0/8 drop\nip daddr 10.0.0.0/8 pass")]
    [InlineData("tcp dport 80 drop\nudp dport 81 udp dport set 80 continue\ntcp dport 80 pass")]
    [InlineData("ip saddr 10.0.0.1 ip ttl set 5 redirect fib\nip saddr 10.0.0.0/31 pass")]
    [InlineData("tcp dport 80 vlan id set 5 drop\ntcp dport 80 pass")]
    public void A_rule_that_can_be_reached_is_not_reported(string rules) =>
        Assert.DoesNotContain(Rules.Messages(rules), m => m.Contains("never reached"));

    [Theory]
    [InlineData("ip saddr 10.0.0.1 ip saddr 10.0.0.2 drop", "ip saddr")]
    [InlineData("tcp dport != 0-65535 drop", "tcp dport")]
    [InlineData("ip protocol udp tcp dport 5 drop", "ip protocol")]
    [InlineData("meta l4proto udp tcp flags syn drop", "meta l4proto")]
    [InlineData("ip frag later udp dport 53 drop", "ip frag")]
    [InlineData("ether type arp ip saddr 10.0.0.1 drop", "ether type")]
    [InlineData("meta nfproto ipv6 ip saddr 10.0.0.1 drop", "meta nfproto")]
    public void A_rule_that_never_hits_is_found(string rule, string field)
    {
        var finding = Assert.Single(Rules.ReadRules(rule).Diagnostics);
        Assert.Equal(
            (Severity.Warning, $"the rule never hits: no value of {field} satisfies all that it asks for"),
            (finding.Severity, finding.Message));
    }

    [Fact]
    public void Ids_come_from_the_comment_or_the_content()
    {
        var ids = Rules.Table(
            "udp dport 53 drop comment \"dns\"\nudp dport 53 pass\nip saddr 1.1.1.1 drop\nudp dport { 53 } pass\ntcp dport 53 drop comment "
            + "\"dns\"").Rules.Select(r => r.Id).ToList();
        Assert.Equal("dns", ids[0]);
        Assert.Matches("^r[0-9a-f]{12}$", ids[1]);
        Assert.Equal(ids[1] + "#2", ids[3]);
        Assert.Equal("dns#2", ids[4]);
        var moved = Rules.Table("ip saddr 1.1.1.1 drop\nudp dport domain pass").Rules;
        Assert.Equal([ids[2], ids[1]], moved.Select(r => r.Id));
    }

    [Fact]
    public void Elements_are_merged()
    {
        var set = Rules.Table(
            "set s { type ipv4_addr; elements = { 10.0.0.128/25, 10.0.0.0/25, 10.0.1.0, 10.0.0.7, 10.0.1.1-10.0.1.3 } }\nip saddr @s "
            + "drop").Sets[0];
        Assert.True(set.IsInterval);
        Assert.Equal([new Interval(0x0a000000, 0x0a000103)], set.Elements.Ranges.ToArray());
    }

    [Fact]
    public void A_feed_is_read_with_comments_doubles_and_overlaps()
    {
        var file = Rules.Read(
            "table t {\nset s { type ipv4_addr; file \"f\" }\nip saddr @s drop\n}",
            "# drop list\r\n10.0.0.0/8 ; SBL1\r\n\r\n  10.1.0.0/16\n192.0.2.1\n192.0.2.1 # twice\n192.0.2.2");
        Assert.Equal(
            [new Interval(0x0a000000, 0x0affffff), new(0xc0000201, 0xc0000202)], file.Table!.Sets[0].FeedElements.Ranges.ToArray());
    }

    [Fact]
    public void A_line_of_a_feed_that_is_no_element_is_named_and_not_quoted()
    {
        var file = Rules.Read(
            "table t {\nset s { type ipv4_addr; file \"drop.txt\" }\nip saddr @s drop\n}", "10.0.0.0/8\n  2001:db8::/32 # v6\n");
        Assert.Null(file.Table);
        Assert.Equal("""
            drop.txt:2:3: error: not an element of set s, whose type is ipv4_addr
                (put IPv6 addresses into a feed and a set of their own)
            """, DiagnosticFormatter.Format(file.Diagnostics[0]));
    }

    [Fact]
    public void A_missing_feed_is_an_error()
    {
        var file = RuleFile.Read(
            new SourceText("x", "table t {\nset s { type ipv4_addr; file \"f\" }\nip saddr @s drop\n}"), _ => new(null, "no such file"));
        Assert.Contains("could not be read: no such file", file.Diagnostics[0].Message);
    }
}
