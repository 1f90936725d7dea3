using System;
using System.Text;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Programs;

namespace Skep.Filter.Runtime.Tests.Programs;

/// <summary>What compiles, and so what check accepts, loads: the largest tables of several shapes, in the kernel.</summary>
[Trait("level", "kernel")]
public sealed class LimitsKernelTests
{
    [Theory]
    [InlineData("", "ip saddr 10.{1}.{2}.0/24 tcp dport {0}-{3} drop", false)]
    [InlineData("", "ip saddr != 10.{1}.{2}.0/24 tcp flags & (syn|ack) == syn tcp dport != {0} log sample 1/10 continue", true)]
    [InlineData("", "ip saddr 10.{1}.{2}.0/24 udp dport {0}-{3} ip daddr set 10.0.0.1 continue", true)]
    [InlineData("", "limit rate over {3}/second per ip saddr size 16 drop", true)]
    [InlineData("set s { type ipv4_addr; flags interval, timeout }", "ip saddr @s tcp dport {0} drop", false)]
    [InlineData("set s { type ipv6_addr; flags interval }", "ip6 saddr != @s tcp dport {0} drop", false)]
    [InlineData("set s { type ipv4_addr . inet_service; flags interval }", "ip saddr . tcp dport @s ip daddr 10.0.1.{2} drop", false)]
    [InlineData(
        "set s { type ipv6_addr . ipv6_addr; flags interval, timeout; size 1024 }", "ip6 saddr . ip6 daddr @s tcp dport {0} drop", false)]
    public void The_largest_table_that_compiles_loads(string head, string rule, bool isLimited)
    {
        var text = new StringBuilder(head).AppendLine();
        for (var i = 0; i < 4500; i++) text.AppendFormat(null, rule, i, i / 256, i % 256, i + 500).AppendLine();
        var table = Rules.Table(text.ToString());
        var (fits, least, most) = (Compile(table, 1)!, 1, 4500);
        while (least < most)
        {
            var middle = (least + most + 1) / 2;
            if (Compile(table, middle) is { } compiled) (least, fits) = (middle, compiled);
            else most = middle - 1;
        }
        Assert.Equal(isLimited, least < 4500);
        LoadedFilter.Load(fits, "limit", LoadedFilter.Now, _ => 1).Dispose();
    }

    [Fact]
    public void Random_tables_that_compile_load()
    {
        var random = new Random(16);
        (string Head, string Rule)[] kinds =
        [
            ("set a { type ipv4_addr }", "ip saddr @a"), (
                "set b { type ipv4_addr . inet_service; flags interval; size 300 }",
                "ip daddr . tcp dport @b"), ("", "ip daddr != 10.{1}.0.0/16"),
            (
                "set c { type ipv6_addr; flags interval, timeout }",
                "ip6 daddr @c"), ("", "tcp dport {{ {0}, 9000-9100, 50000 }}"), (
                    "", "vlan id {0} ip6 saddr 2001:db8:{0}::/48"), ("", "meta length > {0}"),
        ];
        var loaded = 0;
        for (var round = 0; round < 3; round++)
        {
            var heads = new HashSet<string>();
            var rules = new StringBuilder();
            for (var i = random.Next(20, 300); i > 0; i--)
            {
                var (head, match) = kinds[random.Next(kinds.Length)];
                heads.Add(head);
                rules.AppendFormat(null, match, i, i % 256).AppendLine(
                    (string[])[" drop", " log continue", " ether daddr set 52:54:00:00:00:09 continue"] is var ends
                        ? ends[random.Next(3)]
                        : "");
            }
            if (Rules.ReadRules($"{string.Join('\n', heads)}\n{rules}").Table is not { } table) continue;
            try
            {
                LoadedFilter.Load(FilterCompiler.Compile(table), "limit", LoadedFilter.Now, _ => 1).Dispose();
                loaded++;
            }
            catch (FilterCompileException e) when (e.InnerException is null)
            {
                Assert.Contains("line", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(loaded, 1, 3);
    }

    private static CompiledFilter? Compile(Table table, int count)
    {
        try
        {
            return FilterCompiler.Compile(table with { Rules = [.. table.Rules.Take(count)] });
        }
        catch (FilterCompileException e)
        {
            Assert.Matches("on line|before line|: line", e.Message);
            return null;
        }
    }
}
