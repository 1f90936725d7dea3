using Skep.Filter.Classify;
using Skep.Filter.Compile;
using Skep.Filter.Model;

namespace Skep.Filter.Tests.Classify;

/// <summary>Lists that are hard to search, or hard to make a search for.</summary>
public sealed class HostileListTests
{
    /// <summary>A rule that cannot match until one of its matches is a predicate of a later rule's.</summary>
    [Fact]
    public void A_contradiction_with_a_predicate()
    {
        var ports = string.Join(", ", Enumerable.Range(1, 40).Select(i => 2 * i));
        var list = Assert.Single(Plan(
            [.. Enumerable.Range(1, 14).Select(i => $"ip saddr 10.0.0.{i} drop"), "tcp dport { 1, 3 } tcp dport 5 drop",
                $"tcp sport {{ {ports} }} tcp dport {{ 1, 3 }} drop"]).SearchedLists);
        Assert.Equal(16, list.Rules);
        Assert.Single(list.Predicates);
    }

    [Fact]
    public void Rows_that_differ_in_predicates_only_are_told_from_each_other()
    {
        var sets = Enumerable.Range(0, 20).Select(i => $"set s{i} {{ type ipv4_addr; flags interval; elements = {{ 10.{i}.0.0/16 }} }}");
        var rules = from a in Enumerable.Range(0, 10) from b in Enumerable.Range(10, 10) select $"ip saddr @s{a} ip daddr @s{b} drop";
        var plan = Plan([.. sets, .. rules]);
        var family = Assert.Single(Assert.Single(plan.Lists).Classifier.Families);
        Assert.Equal(100, family.Residue.Count);
        Assert.NotEmpty(family.Vectors!.Parts);
    }

    [Fact]
    public void Rows_that_do_not_differ_are_compared_in_order()
    {
        var plan = Plan([.. Enumerable.Range(0, 200).Select(_ => "tcp dport 5-70 drop")]);
        Assert.All(plan.Lists.SelectMany(l => l.Classifier.Families), f => Assert.True(f.Vectors is null || f.Vectors.Parts.Count > 0));
    }

    /// <summary>Prefixes in the upper bits of a word: their hashes differ in their upper bits only.</summary>
    [Fact]
    public void Many_prefixes_have_one_table()
    {
        var rules = Enumerable.Range(0, 300_000).Select(i =>
        {
            var low = ((uint)i * 0x9e3779b1) & 0xffffff00;
            var elements = new ElementListBuilder(1);
            elements.Add([new(low, low | 0xff)], null);
            return new Rule($"r{i}", [new ValuesMatch([Field.IpSaddr], false, elements.Build())], null, [], new(VerdictKind.Drop), null);
        });
        var plan = FilterPlan.Of(new Table("t", [], AttachMode.Auto, VerdictKind.Pass, null, [], [.. rules]), 300_000);
        Assert.Single(Assert.Single(plan.SearchedLists).Tables);
    }

    /// <summary>Millions of combinations of values are too many to be rows.</summary>
    [Fact]
    public void Rows_have_a_limit()
    {
        var table = Rules.Table("tcp sport { 1, 3, 5, 7, 9, 11, 13 } tcp dport { 2, 4, 6, 8 } drop\ntcp dport { 2, 4, 6, 8 } drop");
        Assert.NotNull(Classifier.TryBuild(table, 0, 2, vectors: true, out _, mostRows: 32));
        Assert.Null(Classifier.TryBuild(table, 0, 2, vectors: true, out var unfit, mostRows: 31));
        Assert.Equal(1, unfit.Rule);
    }

    [Fact]
    public void Another_list_begins_at_the_rule_that_needs_one_more_set_than_can_be_looked_up()
    {
        var plan = Plan([.. Sets(30), .. Enumerable.Range(0, 30).Select(i => $"ip saddr @s{i} tcp dport {i + 1} drop")]);
        Assert.Equal([(0, 24), (24, 6)], plan.SearchedLists.Select(l => (l.FirstRule, l.Rules)));
        var end = Assert.Single(plan.ListEnds);
        Assert.Equal(24, end.Rule);
        Assert.Matches("^a list ends before it: .* at most 24 sets", end.Reason);
    }

    [Fact]
    public void A_rule_that_needs_more_sets_than_can_be_looked_up_is_in_no_list()
    {
        var rule = string.Concat(Enumerable.Range(0, 25).Select(i => $"ip saddr @s{i} ")) + "drop";
        var plan = Plan([.. Sets(25), "ip saddr 10.0.0.1 drop", rule, "ip saddr 10.0.0.2 drop"]);
        Assert.Equal([(0, 1), (2, 1)], plan.SearchedLists.Select(l => (l.FirstRule, l.Rules)));
        var end = Assert.Single(plan.ListEnds);
        Assert.Equal(1, end.Rule);
        Assert.StartsWith("it is in no list: ", end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_names_where_lists_end()
    {
        var error = Assert.Throws<FilterCompileException>(
            () => Plan([.. Sets(500), .. Enumerable.Range(0, 1000).Select(i => $"ip saddr @s{i % 500} tcp dport {i} drop")]));
        Assert.Matches("the rule on line 526, and 4[0-9] more rules: a list ends before it", error.Message);
    }

    /// <summary>Each rule alone is code that the verifier takes; looked up for each packet, they would be one rule to it.</summary>
    [Fact]
    public void Matches_of_many_values_are_not_all_looked_up()
    {
        var ports = string.Join(", ", Enumerable.Range(1, 250).Select(i => 2 * i));
        var plan = Plan([.. Enumerable.Range(0, 30).Select(i => $"ip saddr 10.0.0.{i} tcp dport {{ {ports}, {1000 + 2 * i} }} drop")]);
        Assert.InRange(Assert.Single(plan.SearchedLists).Predicates.Count, 1, 23);
    }

    [Fact]
    public void Ranges_of_ports_that_all_cross_are_refused_with_their_lines_where_no_bits_can_be_searched()
    {
        var random = new Random(3);
        var rules = Enumerable.Range(0, 6000).Select(_ => $"tcp sport {Ports(random)} tcp dport {Ports(random)} drop");
        var table = Rules.Table(string.Join('\n', rules));
        var error = Assert.Throws<FilterCompileException>(() => FilterCompiler.Compile(
            FilterPlan.Of(table, table.Rules.Count, memory: ClassifierMemory.Array), [.. Enumerable.Range(0, table.Rules.Count)]));
        Assert.Matches("rules cannot be searched, .* as those on lines [0-9]+, ", error.Message);
    }

    private static string Ports(Random random)
    {
        var (one, other) = (random.Next(65536), random.Next(65536));
        return $"{Math.Min(one, other)}-{Math.Max(one, other)}";
    }

    private static IEnumerable<string> Sets(int count) =>
        Enumerable.Range(0, count).Select(i => $"set s{i} {{ type ipv4_addr; elements = {{ 10.0.{i / 256}.{i % 256} }} }}");

    private static FilterPlan Plan(string[] rules)
    {
        var table = Rules.Table(string.Join('\n', rules));
        var plan = FilterPlan.Of(table, table.Rules.Count, searched: 1);
        Assert.NotEmpty(FilterCompiler.Compile(plan, [.. Enumerable.Range(0, table.Rules.Count)]).WriteImage());
        return plan;
    }
}
