using Skep.Filter.Evaluate;
using Skep.Filter.Format;
using Skep.Filter.Json;
using Skep.Filter.Model;
using Skep.Packets.Building;
using Skep.Packets.Headers;
using Skep.Packets.Values;

namespace Skep.Filter.Tests.Model;

public sealed class InterfaceTests
{
    [Theory]
    [InlineData("meta iif eth0 drop", "meta iif eth0 drop")]
    [InlineData("meta iif \"eth0\" drop", "meta iif eth0 drop")]
    [InlineData("meta iif != { wg-a, eth0, 7 } drop", "meta iif != { 7, eth0, wg-a } drop")]
    [InlineData("meta iif 2-5 drop", "meta iif 2-5 drop")]
    [InlineData("meta iif { 1, 2, 3, 9 } drop", "meta iif { 1-3, 9 } drop")]
    [InlineData("meta iif \"a\\\"b#{c\" drop", "meta iif \"a\\\"b#{c\" drop")]
    [InlineData("meta iif \"vmap\" drop", "meta iif \"vmap\" drop")]
    [InlineData("meta iif fifteen-letters drop", "meta iif fifteen-letters drop")]
    [InlineData("meta iif . tcp dport { eth0 . 22, 3 . 80-89 } pass", "meta iif . tcp dport { 3 . 80-89, eth0 . 22 } pass")]
    [InlineData("limit rate 1/second per meta iif pass", "limit rate 1/second per meta iif pass")]
    public void A_match_is_read_and_written(string rule, string canonical)
    {
        var table = Rules.Table(rule);
        Assert.Equal(canonical, RuleFormatter.Format(Assert.Single(table.Rules)));
        Assert.Equal(table.Rules, Rules.Table(canonical).Rules);
        var document = TableJson.Read("t.json", TableJson.Write(table), _ => default);
        Assert.Empty(document.Diagnostics);
        Assert.Equal(canonical, RuleFormatter.Format(Assert.Single(document.Table!.Rules)));
    }

    [Theory]
    [InlineData("meta iif a/b drop", "a/b is not the name of an interface like eth0, or its index")]
    [InlineData("meta iif sixteen-letters- drop", "sixteen-letters- is not the name of an interface like eth0, or its index")]
    [InlineData("meta iif abcdefghijk-lmnopqrs drop", "abcdefghijk-lmnopqrs is not the name of an interface")]
    [InlineData("meta iif \"a b\" drop", "a b is not the name of an interface")]
    [InlineData("meta iif 4294967296 drop", "4294967296 is too large")]
    [InlineData("meta iif < eth0 drop", "only single values of one field are compared by order")]
    [InlineData("meta iif @names drop", "there is no set names")]
    [InlineData("iif eth0 drop", "write meta iif eth0")]
    [InlineData("meta iifname eth0 drop", "write meta iif eth0")]
    [InlineData("ip saddr \"10.0.0.1\" drop", "write it without quotes")]
    public void What_is_no_match_is_refused(string rule, string why) =>
        Assert.Contains(Rules.Messages(rule), m => m.Contains(why, StringComparison.Ordinal));

    [Fact]
    public void A_set_holds_no_interfaces() => Assert.Contains(
        "meta iif is not matched with named sets", string.Join(
            '\n', Rules.Messages("set s { type ipv4_addr; }\nmeta iif @s drop")), StringComparison.Ordinal);

    [Theory]
    [InlineData("a")]
    [InlineData("eth0")]
    [InlineData("fifteen-letters")]
    [InlineData("~")]
    [InlineData("!x")]
    public void A_value_of_a_name_is_the_name_again(string name)
    {
        Assert.True(InterfaceName.IsValid(name));
        Assert.True(InterfaceName.IsName(InterfaceName.ToValue(name)));
        Assert.Equal(name, InterfaceName.OfValue(InterfaceName.ToValue(name)));
    }

    [Fact]
    public void An_index_is_no_name() => Assert.False(InterfaceName.IsName(uint.MaxValue));

    [Theory]
    [InlineData("meta iif eth0", 3, true)]
    [InlineData("meta iif eth0", 2, false)]
    [InlineData("meta iif != eth0", 3, false)]
    [InlineData("meta iif { 5-9, eth0 }", 5, true)]
    [InlineData("meta iif { 5-9, eth0 }", 4, false)]
    [InlineData("meta iif . ip ttl { eth0 . 64, 2 . 1 }", 3, true)]
    [InlineData("meta iif . ip ttl { eth0 . 64, 2 . 1 }", 2, false)]
    public void Packets_match_by_the_index_of_the_name(string match, uint index, bool isHit)
    {
        var table = Interfaces.Resolve(Rules.Table(match + " drop"), (_, name) => name == "eth0" ? 3u : throw new ArgumentException(name));
        Assert.True(PacketText.TryParse("udp 10.0.0.1:5 > 10.0.0.2:53", out var spec, out _));
        var packet = PacketBuilder.Build(spec);
        var decision = new Evaluator(table, () => 0).Decide(packet, 0, packet.Length, PacketStart.Ethernet, 0, index);
        Assert.Equal(isHit ? VerdictKind.Drop : VerdictKind.Pass, decision.Verdict.Kind);
    }

    [Fact]
    public void A_name_that_is_looked_up_leaves_id_and_line()
    {
        var rule = Rules.Table("pass\nmeta iif eth0 drop").Rules[1];
        var resolved = Interfaces.Resolve(Rules.Table("pass\nmeta iif eth0 drop"), (_, _) => 3).Rules[1];
        Assert.Equal((rule.Id, rule.Line), (resolved.Id, resolved.Line));
        Assert.Equal("meta iif 3 drop", RuleFormatter.Format(resolved));
        Assert.Equal(["eth0"], Interfaces.NamedIn(rule));
        Assert.Empty(Interfaces.NamedIn(resolved));
    }

    // Two names may be one interface's, and an index may be that of a name.
    [Theory]
    [InlineData("meta iif eth0 meta iif 3 drop")]
    [InlineData("meta iif eth0 meta iif alt0 drop")]
    [InlineData("meta iif != eth0 drop\nmeta iif 3 pass")]
    public void Names_are_not_taken_for_different_interfaces(string rules) => Assert.Empty(Rules.Messages(rules));

    [Theory]
    [InlineData("meta iif eth0 drop\nmeta iif eth0 tcp dport 22 pass", "never reached")]
    [InlineData("meta iif 2 meta iif 3 drop", "never hits")]
    public void What_is_certain_is_found(string rules, string finding) =>
        Assert.Contains(finding, Assert.Single(Rules.Messages(rules)), StringComparison.Ordinal);
}
