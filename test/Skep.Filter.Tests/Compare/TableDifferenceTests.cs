using Skep.Filter.Compare;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Tests.Compare;

/// <summary>What is found to differ between two tables.</summary>
public sealed class TableDifferenceTests
{
    [Fact]
    public void A_table_is_the_same_as_itself_in_another_form()
    {
        Table one = Read("table a { policy pass\n tcp dport 22 drop # a comment\n udp dport { 53, 54 } drop }");
        Assert.True(TableDifference.Of(one, Read("table a {\n tcp dport 22 drop\n udp dport 53-54 drop\n}"), _ => true).IsEmpty);
    }

    [Fact]
    public void Settings_sets_elements_and_rules_are_told_apart()
    {
        Table from = Read(
            "table a { policy pass\n set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } }\n ip saddr @s drop\n tcp dport 1 drop\n "
            + "tcp dport 2 drop }");
        Table to = Read(
            "table a { policy drop\n set s { type ipv4_addr; elements = { 10.0.0.2, 10.0.0.3 } }\n set t { type inet_service }\n "
            + "ip saddr @s drop\n tcp dport 2 drop\n tcp dport 1 drop }");
        TableDifference difference = TableDifference.Of(from, to, _ => true);
        Assert.Equal(["policy pass"], difference.Settings.Removed);
        Assert.Equal(["policy drop"], difference.Settings.Added);
        Assert.Equal(["s", "t"], difference.Sets.Select(set => set.Name));
        Assert.Equal(["10.0.0.1"], difference.Sets[0].Elements.Removed);
        Assert.Equal(["10.0.0.3"], difference.Sets[0].Elements.Added);
        Assert.Equal(["set t {", "type inet_service"], difference.Sets[1].Declaration.Added);
        // One rule has another place; which of the two is moved is the same.
        Assert.Equal(difference.Rules.Removed, difference.Rules.Added);
        Assert.Single(difference.Rules.Removed);
        Assert.Empty(TableDifference.Of(from, to, name => name != "s").Sets[0].Elements.Removed);
    }

    [Fact]
    public void What_is_kept_is_in_both_in_the_same_order()
    {
        var random = new Random(7);
        for (int i = 0; i < 2000; i++)
        {
            string[] old = Lines(random), now = Lines(random);
            (bool[] keptOld, bool[] keptNow) = CommonLines.Find(old, now);
            Assert.Equal(old.Where((_, at) => keptOld[at]), now.Where((_, at) => keptNow[at]));
            if (old.SequenceEqual(now)) Assert.DoesNotContain(false, keptOld);
        }
    }

    private static Table Read(string text)
    {
        RuleFile file = RuleFile.Read(new SourceText("test", text));
        Assert.True(file.Table is not null, string.Join('\n', file.Diagnostics.Select(one => one.Message)));
        return file.Table;
    }

    private static string[] Lines(Random random) =>
        [.. Enumerable.Range(0, random.Next(12)).Select(_ => ((char)('a' + random.Next(8))).ToString())];
}
