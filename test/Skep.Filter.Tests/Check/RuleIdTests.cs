using System;
using CsCheck;
using Skep.Filter.Format;

namespace Skep.Filter.Tests.Check;

/// <summary>Ids that change lose the counters of applied tables: those of rule-ids.golden are for good.</summary>
public sealed class RuleIdTests
{
    private const string Golden = "test/Skep.Filter.Tests/Check/rule-ids.golden";

    private static readonly string Sets = """
        set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/24 } }
        set ports { type inet_service; }
        set pairs { type ipv4_addr . inet_service; flags timeout; }

        """;

    public static TheoryData<string> Lines => [.. Repository.Read(Golden).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_rule_has_the_id_that_earlier_versions_gave_it(string line)
    {
        var rule = line[(line.IndexOf(' ') + 1)..];
        Assert.Equal(line, $"{Rules.Table(Sets + rule).Rules[0].Id} {rule}");
    }

    [Fact]
    public void Earlier_versions_gave_many() => Assert.True(Lines.Count > 40);

    [Theory]
    [InlineData("tcp dport { 80, 443 } drop", "tcp dport { https, 80 } drop")]
    [InlineData("ip saddr 10.0.0.0/8 drop", "ip saddr 10.0.0.0-10.255.255.255 drop")]
    [InlineData("ip frag drop", "ip frag { first, later } drop")]
    [InlineData("limit rate 5/second pass", "limit rate 5/second burst 5 pass")]
    [InlineData("log pass", "log sample 1/1 pass")]
    public void A_rule_has_one_id_however_it_is_written(string left, string right) =>
        Assert.Equal(Rules.Table(left).Rules[0].Id, Rules.Table(right).Rules[0].Id);

    [Fact]
    public void Each_rule_has_an_id_of_its_own_also_when_a_comment_looks_like_one()
    {
        var id = Rules.Table("tcp dport 80 drop").Rules[0].Id;
        string[] comments = [id, id.ToUpperInvariant(), id + "#2", "a", "a#2", "a"];

        var rules = Rules.Table("tcp dport 80 drop\n"
            + string.Concat(comments.Select((c, i) => $"udp dport {i} drop comment \"{c}\"\n")) + "tcp dport 80 drop").Rules;

        Assert.Equal([id, id + "#2", id.ToUpperInvariant(), id + "#2#2", "a", "a#2", "a#3", id + "#3"], rules.Select(r => r.Id));
    }

    [Fact]
    public void Rules_have_equal_ids_when_they_are_equal() => TableGenerator.Table(24).Where(text => Rules.Read(text).Table is not null)
        .Sample(text =>
    {
        var table = Rules.Read(text).Table!;
        var unnamed = table.Rules.Where(r => r.Comment is null).ToList();
        foreach (var group in unnamed.GroupBy(r => r.Id.Split('#')[0])) Assert.Single(group.Select(RuleFormatter.Format).Distinct());
        foreach (var group in unnamed.GroupBy(RuleFormatter.Format)) Assert.Single(group.Select(r => r.Id.Split('#')[0]).Distinct());
    }, iter: 300);
}
