using Skep.Filter.Check;
using Skep.Filter.Model;

namespace Skep.Filter.Tests.Check;

/// <summary>What is left out of the comparison of rules hides no finding.</summary>
public sealed class ReachabilityTests
{
    private static readonly string[] Families =
    [
        "ip saddr 10.0.0.0/8", "ip saddr 10.1.0.0/16", "ip saddr != 10.1.0.0/16", "ip saddr { 10.1.0.0/24, 10.1.2.0/24 }",
        "ip6 saddr 2001:db8::/32", "ip6 saddr 2001:db8::1", "ip6 saddr 2001:db8::2-2001:db8::9", "ip6 saddr != ::1",
        "meta l4proto tcp", "meta nfproto ipv4", "ether type ip", "vlan id 7", "ether saddr 02:00:00:00:00:01", "",
    ];

    private static readonly string[] Ports =
    [
        "tcp dport 80", "tcp dport 1-1023", "tcp dport != 80", "tcp dport { 80, 443 }", "tcp dport 0-65535", "udp dport 53",
        "tcp flags syn", "tcp flags & (syn|ack) == syn", "tcp sport . tcp dport { 1 . 80 }", "",
    ];

    private static readonly string[] Ends =
    [
        "drop", "drop", "pass", "drop", "limit rate 5/second drop", "log continue", "drop", "pass",
    ];

    public static TheoryData<ListShape> Shapes => [.. Enum.GetValues<ListShape>()];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Long_lists_have_the_findings_of_a_comparison_of_all_pairs(ListShape shape)
    {
        var rules = new ListGenerator(5).Make(shape, 1500);
        AssertSame(ListGenerator.Table(rules.Concat(rules.Take(shape == ListShape.Exact ? 700 : 0))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mixed_rules_have_the_findings_of_a_comparison_of_all_pairs(int seed)
    {
        var random = new Random(seed);
        var lines = new List<string>();
        while (lines.Count < 300)
        {
            var line = $"{Pick(Families)} {Pick(Ports)} {Pick(random.Next(40) == 0 ? ["ip ttl set 9 continue"] : Ends)}";
            if (Rules.Read($"table t {{\n{line}\n}}\n").Table is not null) lines.Add(line);
        }
        Assert.True(AssertSame($"table t {{\n{string.Join('\n', lines)}\n}}\n") > 50);

        string Pick(string[] choices) => choices[random.Next(choices.Length)];
    }

    private static int AssertSame(string text)
    {
        var rules = Rules.Read(text).Table!.Rules;
        var found = ShadowedRules.Find(rules).ToList();
        Assert.Equal(FindByAllPairs(rules), found);
        return found.Count;
    }

    private static IEnumerable<(int Rule, int By)> FindByAllPairs(IReadOnlyList<Rule> rules)
    {
        for (var rule = 0; rule < rules.Count; rule++)
        {
            var constraints = Constraints.Of(rules[rule]);
            for (var by = rule - 1; by >= Math.Max(0, rule - 1000); by--)
            {
                var earlier = rules[by];
                if (!earlier.Verdict.IsTerminal && earlier.Statements.Any(s => s is SetStatement or SwapStatement)) break;
                if (!earlier.Verdict.IsTerminal || earlier.Limit is not null) continue;
                long steps = 0;
                if (!earlier.Matches.All(m => constraints.Imply(m, Constraints.AllowedBy(m), rules[rule].Matches, ref steps))
                    || !earlier.NamedHeaders().All(constraints.Headers.Contains)) continue;
                yield return (rule, by);
                break;
            }
        }
    }
}
