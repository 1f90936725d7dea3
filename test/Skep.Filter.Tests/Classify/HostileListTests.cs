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
        Assert.Equal(1, unfit);
    }

    private static FilterPlan Plan(string[] rules)
    {
        var table = Rules.Table(string.Join('\n', rules));
        var plan = FilterPlan.Of(table, table.Rules.Count, searched: 1);
        Assert.NotEmpty(FilterCompiler.Compile(plan, [.. Enumerable.Range(0, table.Rules.Count)]).WriteImage());
        return plan;
    }
}
