using Skep.Filter.Import;

namespace Skep.Filter.Tests.Import;

/// <summary>Chains that call each other become one list.</summary>
public sealed class ChainTests
{
    private const string Input = "type filter hook input priority 0; policy drop;";

    private static string Rules(ImportResult result) =>
        string.Join(
            '\n',
            result.Format().Split('\n').Where(
                l =>
                    l.StartsWith("    ", StringComparison.Ordinal) && !l.Contains("policy pass", StringComparison.Ordinal)).Select(l =>
                        l.Trim()));

    private static ImportResult Nft(string rules, string chains, string? device = null) =>
        NftImporter.Import($"table ip t {{\n{chains}\nchain c {{ {Input}\n{rules}\n}}\n}}\n", "t", device is null ? [] : [device]);

    private static ImportResult Iptables(string lines, string? device = null) =>
        IptablesImporter.Import(
            $"*filter\n:INPUT DROP [0:0]\n:a - [0:0]\n:b - [0:0]\n{lines}\nCOMMIT\n", "t", null, device is null ? [] : [device]);

    [Theory]
    // A jump comes back; the rules of the chain match what the jump matches.
    [InlineData("ip saddr 10.0.0.1 jump a\nudp dport 9 accept", "chain a {\ntcp dport 22 accept\ntcp dport 23 drop\n}",
        "ip saddr 10.0.0.1 tcp dport 22 pass\nip saddr 10.0.0.1 tcp dport 23 drop\nmeta nfproto ipv4 udp dport 9 pass\nmeta nfproto ipv4 "
        + "drop comment \"policy\"")]
    // A chain within a chain.
    [InlineData(
        "jump a",
        "chain a {\nip saddr 10.0.0.1 jump b\n}\nchain b {\ntcp dport 22 accept\n}",
        "ip saddr 10.0.0.1 tcp dport 22 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    // Headers that exclude each other never meet.
    [InlineData(
        "tcp dport 22 jump a",
        "chain a {\nudp dport 9 accept\ntcp sport 1 accept\n}",
        "meta nfproto ipv4 tcp dport 22 tcp sport 1 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    // A goto does not come back: what leaves the chain meets the policy.
    [InlineData("tcp dport 22 goto a\ntcp dport 22 accept", "chain a {\nip saddr 10.0.0.1 accept\n}",
        "tcp dport 22 ip saddr 10.0.0.1 pass\nmeta nfproto ipv4 tcp dport 22 drop\nmeta nfproto ipv4 tcp dport 22 pass\nmeta nfproto ipv4 "
        + "drop comment \"policy\"")]
    // A return on a condition: what stands behind the jump, for those packets.
    [InlineData("jump a\ntcp dport 80 accept", "chain a {\nip saddr 10.0.0.1 return\ntcp dport 80 drop\n}",
        "ip saddr 10.0.0.1 tcp dport 80 pass\nip saddr 10.0.0.1 drop\nmeta nfproto ipv4 tcp dport 80 drop\nmeta nfproto ipv4 tcp dport 80 "
        + "pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "jump a\ntcp dport 80 accept",
        "chain a {\nip saddr 10.0.0.1 return\ndrop\n}",
        "ip saddr 10.0.0.1 tcp dport 80 pass\nip saddr 10.0.0.1 drop\nmeta nfproto ipv4 drop\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "jump a\nudp dport 9 accept",
        "chain a {\ntcp dport 22 accept\nreturn\n}",
        "meta nfproto ipv4 tcp dport 22 pass\nmeta nfproto ipv4 udp dport 9 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    // A verdict map.
    [InlineData("tcp dport vmap { 22 : jump a, 80: accept, 443:drop }", "chain a {\nip saddr 10.0.0.1 accept\n}",
        "tcp dport 22 ip saddr 10.0.0.1 pass\nmeta nfproto ipv4 tcp dport 80 pass\nmeta nfproto ipv4 tcp dport 443 drop\nmeta nfproto ipv4 "
        + "drop comment \"policy\"")]
    [InlineData("ip saddr . tcp dport vmap @m", "map m {\ntype ipv4_addr . inet_service : verdict\nelements = { 10.0.0.1 . 22 : "
        + "accept,\n10.0.0.2 . 23 counter packets 0 bytes 0 : drop }\n}",
        "ip saddr . tcp dport 10.0.0.1 . 22 pass\nip saddr . tcp dport 10.0.0.2 . 23 drop\nmeta nfproto ipv4 drop comment \"policy\"")]
    // A limit on a call counts a packet once.
    [InlineData(
        "limit rate 3/minute jump a\ntcp dport 22 accept",
        "chain a {\nlog prefix \"x\"\ndrop\n}",
        "meta nfproto ipv4 limit rate 3/minute log drop\nmeta nfproto ipv4 tcp dport 22 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    // Loopback rules do not concern the table's devices.
    [InlineData(
        "iifname \"lo\" accept\niif != \"lo\" ip daddr 127.0.0.0/8 drop",
        "",
        "ip daddr 127.0.0.0/8 drop\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "meta l4proto { tcp, udp } th dport \"domain\" accept",
        "",
        "meta nfproto ipv4 meta l4proto { tcp, udp } tcp dport 53 pass\nmeta nfproto ipv4 meta l4proto { tcp, udp } udp dport 53 "
        + "pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "log prefix \"a\\\" level info flags tcp sequence,options accept",
        "",
        "meta nfproto ipv4 log pass comment \"a\\\\\"\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData("meta protocol ip accept", "", "meta nfproto ipv4 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    public void A_ruleset_becomes_one_list(string rules, string chains, string expected)
    {
        var result = Nft(rules, chains);
        Assert.Equal(expected, Rules(result));
        Assert.Equal((result.Total, null), (result.Taken, result.Failure));
        Assert.DoesNotContain(result.Notes, n => n.Reason.Contains("never reached", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(
        "-A INPUT -s 10.0.0.1 -j a\n-A a -p tcp --dport 22 -j ACCEPT\n-A a -j RETURN",
        "ip saddr 10.0.0.1 tcp dport 22 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "-A INPUT -p tcp -g a\n-A INPUT -j ACCEPT\n-A a -s 10.0.0.1 -j ACCEPT",
        "ip protocol tcp ip saddr 10.0.0.1 pass\nip protocol tcp drop\nmeta nfproto ipv4 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "-A INPUT -i lo -j ACCEPT\n-A INPUT ! -i lo -s 127.0.0.0/8 -j DROP",
        "ip saddr 127.0.0.0/8 drop\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "-A INPUT -m limit --limit 3/min -j a\n-A a -j LOG --log-prefix \"[x] \"\n-A a -j DROP",
        "meta nfproto ipv4 limit rate 3/minute log drop\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData("-A INPUT -p tcp --dport 22 -m hashlimit --hashlimit-above 5/min --hashlimit-burst 9 --hashlimit-mode srcip,dstip "
        + "--hashlimit-name x -j DROP",
        "tcp dport 22 limit rate over 5/minute burst 9 per ip saddr . ip daddr drop\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "-A INPUT -m hashlimit --hashlimit-upto 5/sec --hashlimit-name x -j ACCEPT",
        "meta nfproto ipv4 limit rate 5/second pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    public void A_save_becomes_one_list(string lines, string expected)
    {
        var result = Iptables(lines);
        Assert.Equal(expected, Rules(result));
        Assert.Equal((result.Total, null), (result.Taken, result.Failure));
    }

    [Theory]
    [InlineData(
        "-A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT",
        "eth0",
        "meta nfproto ipv4 tcp dport 22 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "-A INPUT -i eth+ -p tcp --dport 22 -j ACCEPT",
        "eth0",
        "meta nfproto ipv4 tcp dport 22 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "-A INPUT -i eth1 -p tcp --dport 22 -j ACCEPT\n-A INPUT -s 10.0.0.1 -j ACCEPT",
        "eth0",
        "ip saddr 10.0.0.1 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData("-A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT\n-A INPUT -s 10.0.0.1 -j ACCEPT", null, "ip saddr 10.0.0.1 pass")]
    public void Matches_of_the_device_are_decided_by_dev(string lines, string? device, string expected) =>
        Assert.Equal(expected, Rules(Iptables(lines, device)));

    [Theory]
    [InlineData("ct state established accept\ntcp dport 22 accept\ndrop")]
    [InlineData("ct state established accept\ntcp dport 22 accept\nmeta l4proto tcp drop")]
    [InlineData("ct state established accept\ntcp dport 22 accept\nip saddr 0.0.0.0/0 drop")]
    [InlineData("tcp dport 22 accept\njump a", "chain a {\nct state established accept\ndrop\n}")]
    [InlineData("tcp dport 22 accept\nip saddr 10.0.0.1 jump a", "chain a {\nct state established accept\ndrop\n}")]
    [InlineData("tcp dport 22 accept\njump a\ndrop", "chain a {\nct state established return\n}")]
    public void A_last_drop_is_left_out_when_an_accept_before_it_is(string rules, string chains = "")
    {
        var result = Nft(rules, chains);
        Assert.DoesNotContain(" drop", result.Format(), StringComparison.Ordinal);
        Assert.Contains("tcp dport 22 pass", result.Format(), StringComparison.Ordinal);
        Assert.Contains(result.Notes, n => n.Reason.StartsWith("left out: ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_stands_behind_a_call_is_reached_when_a_return_is_lost()
    {
        // As ufw has it.
        var result = Iptables(
            "-A INPUT -j a\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A a -m addrtype --dst-type LOCAL -j RETURN\n-A a -j DROP");
        Assert.Equal("meta nfproto ipv4 tcp dport 22 pass", Rules(result));
        Assert.Equal((2, 4), (result.Taken, result.Total));
    }

    [Theory]
    [InlineData("jump nowhere")]
    [InlineData("jump { accept; }")]
    [InlineData("ip saddr vmap { 10.0.0.1 accept }")]
    [InlineData("th dport 53 accept")]
    [InlineData("meta l4proto { tcp, icmp } th dport 53 accept")]
    [InlineData("limit rate 3/minute jump a")]
    [InlineData("ct state vmap { established : accept, invalid : drop }")]
    public void What_cannot_be_written_in_place_is_lost(string rule)
    {
        var result = Nft($"tcp dport 22 accept\n{rule}", "chain a {\ntcp dport 1 accept\ntcp dport 2 drop\n}");
        Assert.DoesNotContain("policy\"", result.Format(), StringComparison.Ordinal);
        Assert.Equal(1, result.Taken);
    }

    [Fact]
    public void Chains_that_call_in_a_circle_or_expand_without_end_are_refused()
    {
        Assert.Contains(
            Nft("tcp dport 1 accept\njump a", "chain a {\njump a\n}").Notes, n => n.Reason.Contains("deep", StringComparison.Ordinal));
        var chains = string.Join(
            '\n',
            Enumerable.Range(0, 15).Select(
                i =>
                    $"chain a{i} {{\n{string.Concat(Enumerable.Range(1, 9).Select(p => $"tcp dport {p} jump a{i + 1}\n"))}}}"))
                        + "\nchain a15 {\ntcp sport 1 drop\n}";
        Assert.Null(Nft("jump a0", chains).Failure);
        var wide = string.Join(
            '\n',
            Enumerable.Range(0, 12).Select(
                i =>
                    $"chain a{i} {{\n{string.Concat(Enumerable.Range(1, 4).Select(p => $"ip ttl > {p} jump a{i + 1}\n"))}}}"))
                        + "\nchain a12 {\ntcp sport 1 drop\n}";
        Assert.Contains("expand", Nft("jump a0", wide).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_can_be_expressed_is_a_failure()
    {
        var result = Nft("ct state invalid drop\nreject", "");
        Assert.Equal((0, 2), (result.Taken, result.Total));
        Assert.NotNull(result.Failure);
    }

    [Theory]
    [InlineData(
        "iifname \"eth0\" tcp dport 22 accept",
        "meta nfproto ipv4 meta iif eth0 tcp dport 22 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "iifname { \"eth*\", \"lo\" } tcp dport 22 accept",
        "meta nfproto ipv4 meta iif { eth0, eth1 } tcp dport 22 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "tcp dport 22 meta iif != \"eth1\" accept",
        "meta nfproto ipv4 tcp dport 22 meta iif { eth0, wg0 } pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData(
        "iif { eth0, eth1, wg0 } tcp dport 22 accept", "meta nfproto ipv4 tcp dport 22 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData("iifname \"br0\" accept\nip saddr 10.0.0.1 accept", "ip saddr 10.0.0.1 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    [InlineData("iifname \"eth0\" jump a", "meta nfproto ipv4 meta iif eth0 udp dport 9 pass\nmeta nfproto ipv4 drop comment \"policy\"")]
    public void An_interface_of_nft_that_is_one_of_several_devices_is_matched(string rules, string expected) =>
        Assert.Equal(expected, Rules(NftImporter.Import(
            $"table ip t {{\nchain a {{\nudp dport 9 accept\n}}\nchain c {{ {Input}\n{rules}\n}}\n}}\n", "t", "eth0", "eth1", "wg0")));

    [Fact]
    public void An_interface_of_iptables_that_is_one_of_several_devices_is_matched() => Assert.Equal(
        "meta nfproto ipv4 meta iif eth0 tcp dport 22 pass\nmeta nfproto ipv4 meta iif { eth1, wg0 } udp dport 9 pass\nmeta nfproto ipv4 "
        + "drop comment \"policy\"",
        Rules(IptablesImporter.Import(
            "*filter\n:INPUT DROP [0:0]\n-A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT\n-A INPUT ! -i eth0 -p udp --dport 9 -j "
            + "ACCEPT\nCOMMIT\n", "t", null, "eth0", "eth1", "wg0")));
}
