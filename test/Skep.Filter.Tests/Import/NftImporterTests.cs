using CsCheck;
using Skep.Filter.Import;

namespace Skep.Filter.Tests.Import;

public sealed class NftImporterTests
{
    // As nft 1.0.6 lists it.
    private const string Listed = """
        table inet t {
        	set feed {
        		type ipv4_addr
        		flags interval,timeout
        		auto-merge
        		elements = { 10.0.0.0/8 timeout 1h expires 59m58s984ms,
        			     192.0.2.1 }
        	}

        	map m {
        		type inet_service : verdict
        		elements = { 22 : accept }
        	}

        	chain c {
        		type filter hook input priority filter; policy drop;
        		tcp flags fin,syn / fin,syn drop
        		tcp flags syn drop
        		ip dscp af11 drop
        		ether type 8021q accept
        		ip saddr @feed counter packets 5 bytes 600 drop
        		udp dport { 53, 80-90 } limit rate over 100/second burst 200 packets drop
        		icmp type echo-request limit rate 5/second accept
        		meta l4proto { tcp, udp } accept
        		ip frag-off & 8191 != 0 drop
        		ip saddr . tcp dport { 10.0.0.1 . 53, 10.0.0.0/24 . 80-90 } drop comment "hi x"
        		ip saddr 10.0.0.1-10.0.0.9 log prefix "foo" drop
        		meta length 64-1500 drop
        		ct state established accept
        		ct mark 1 accept
        		tcp sport != 22 tcp dport != { 1, 2 } counter packets 0 bytes 0 drop
        		ip6 nexthdr ipv6-icmp drop
        		limit rate 5/second tcp dport 22 drop
        	}

        	chain d {
        		drop
        	}
        	chain o {
        		type filter hook output priority filter; policy accept;
        	}
        }
        """;

    [Fact]
    public void What_can_be_said_is_taken_over()
    {
        var result = NftImporter.Import(Listed, "t");
        Assert.Equal("""
            table t {
                policy pass

                set feed {
                    type ipv4_addr
                    flags interval, timeout
                    elements = { 10.0.0.0/8 timeout 1h, 192.0.2.1 }
                }

                tcp flags & (fin|syn) == fin|syn drop
                tcp flags syn drop
                ip dscp af11 drop
                meta nfproto { ipv4, ipv6 } vlan id 0-4095 pass
                ip saddr @feed drop
                udp dport { 53, 80-90 } limit rate over 100/second burst 200 drop
                icmp type echo-request limit rate 5/second pass
                meta l4proto { tcp, udp } pass
                ip frag later drop
                ip saddr . tcp dport { 10.0.0.0/24 . 80-90, 10.0.0.1 . 53 } drop comment "hi x"
                ip saddr 10.0.0.1-10.0.0.9 log drop comment "foo"
                tcp sport != 22 tcp dport != 1-2 drop
                ip6 nexthdr ipv6-icmp drop
            }

            """, result.Format());
        Assert.NotNull(Rules.Read(result.Format()).Table);
    }

    [Fact]
    public void What_cannot_be_said_is_listed_with_the_reason()
    {
        var notes = NftImporter.Import(Listed, "t").Notes.Select(n => $"{n.Line}: {n.Text}: {n.Reason}").ToList();
        Assert.Equal(
        [
            "10: map m: there is no map in a table",
            "15: policy drop: left out: line 29 may accept packets and is not imported, so dropping the rest would drop those too (add "
            + "the policy when the rules are complete)",
            "20: ether type 8021q accept: vlan means the outermost tag here, of 802.1ad as well as of 802.1Q",
            "28: meta length 64-1500 drop: nft counts meta length from the IP header on, XDP from the Ethernet header on",
            "29: ct state established accept: XDP runs before connection tracking, so no connection state is known here (match addresses, "
            + "ports or tcp flags; for state, pass the packet and filter in nft)",
            "30: ct mark 1 accept: XDP runs before connection tracking, so no connection state is known here (match addresses, ports or "
            + "tcp flags; for state, pass the packet and filter in nft)",
            "31: tcp sport != 22 tcp dport != { 1, 2 } counter packets 0 bytes 0 drop: imported, but line 29 before it may accept "
            + "packets that this and later rules drop now",
            "33: limit rate 5/second tcp dport 22 drop: a match behind a statement (write all matches first; then limit, log, set and "
            + "swap; then the verdict)",
            "36: chain d (1 rules): no imported rule leads to it",
            "39: chain o (0 rules): XDP sees received packets only",
        ], notes);
    }

    [Theory]
    [InlineData("ip", "meta nfproto ipv4 drop")]
    [InlineData("ip6", "meta nfproto ipv6 drop")]
    [InlineData("inet", "meta nfproto { ipv4, ipv6 } drop")]
    public void A_policy_drops_only_what_the_family_sees(string family, string rule) =>
        Assert.Contains(
            rule,
            NftImporter.Import(
                $"table {family} t {{ chain c {{ type filter hook input priority 0; policy drop; tcp dport 22 accept\n }} }}",
                "t").Format());

    [Theory]
    [InlineData("table ip6 x\ndelete table ip6 x\ntable inet t {\n chain c {\n type filter hook input priority 0; policy drop;\n }\n}\n")]
    [InlineData("flush ruleset\ndefine p = { 1, 2 }\ntable inet t { chain c { type filter hook input priority 0; policy drop; } }\n")]
    [InlineData("add table inet t { chain c { type filter hook input priority 0; }; chain c { policy drop; }; }\n")]
    public void Statements_around_a_table_do_not_change_its_family(string text)
    {
        var result = NftImporter.Import(text, "t");
        Assert.Empty(result.Notes);
        Assert.Contains("    meta nfproto { ipv4, ipv6 } drop comment \"policy\"\n", result.Format());
    }

    [Theory]
    [InlineData("include \"/etc/x.nft\"")]
    [InlineData("add rule inet t c tcp dport { 22, 80 } accept")]
    [InlineData("table inet t { include \"x.nft\"\n }")]
    [InlineData("table inet t { chain c { include \"x.nft\"\n } }")]
    [InlineData("table inet t { chain c { ip saddr $unknown accept\n } }")]
    [InlineData("table inet t { chain c { tcp dport 22 meta length 100 accept\n } }")]
    [InlineData("table inet t { chain f { type filter hook forward priority 0\n ip saddr 10.0.0.1 accept\n } }")]
    [InlineData("table ip n { chain p { type nat hook prerouting priority 0\n tcp dport 80 redirect to :8080\n } }")]
    public void No_policy_stands_behind_what_may_accept_and_is_lost(string statement)
    {
        var result = NftImporter.Import(
            $"table inet t {{ chain c {{ type filter hook input priority 0; policy drop; }} }}\n{statement}\n", "t");
        Assert.DoesNotContain("drop", result.Format());
        Assert.Contains(result.Notes, n => n.Line == 2);
        Assert.Contains(result.Notes, n => n is { Line: 1, Text: "policy drop" });
    }

    [Theory]
    [InlineData("tcp dport 113 reject")]
    [InlineData("ct state invalid drop")]
    [InlineData("meta length 100 drop")]
    public void The_policy_stays_behind_what_cannot_accept(string rule)
    {
        var result = NftImporter.Import(
            $"table inet t {{ chain c {{ type filter hook input priority 0; policy drop;\n{rule}\n }} }}\n", "t");
        Assert.Equal(2, Assert.Single(result.Notes).Line);
        Assert.Contains("drop comment \"policy\"", result.Format());
    }

    [Fact]
    public void The_parts_of_a_chain_are_one_chain()
    {
        var result = NftImporter.Import(
            "table inet t { chain c { type filter hook input priority 0; policy drop; } }\ntable inet t {\n chain c {\n tcp dport 22 "
            + "accept\n }\n}\n",
            "t");
        Assert.Empty(result.Notes);
        Assert.Contains("    tcp dport 22 pass\n    meta nfproto { ipv4, ipv6 } drop comment \"policy\"\n", result.Format());
    }

    [Fact]
    public void A_set_is_that_of_its_table()
    {
        const string Chain = "chain c { type filter hook input priority 0\n ip saddr @s drop\n }";
        var result = NftImporter.Import(
            $"table ip t {{ set s {{ type ipv4_addr; elements = {{ 10.0.0.1 }}; }}\n{Chain}\n }}\ntable ip u {{ set s {{ type ipv4_addr; "
            + $"elements = {{ 10.0.0.2 }}; }}\n }}\n",
            "t");
        Assert.Contains("elements = { 10.0.0.1 }", result.Format());
        Assert.DoesNotContain("10.0.0.2", result.Format());
    }

    [Theory]
    [InlineData("add element ip t s { 10.0.0.2 }")]
    [InlineData("table ip t { set s { type ipv4_addr; elements = { 10.0.0.2 }; } }")]
    public void A_set_that_is_not_known_whole_is_not_matched(string statement)
    {
        var result = NftImporter.Import(
            $"table ip t {{\n set s {{ type ipv4_addr; elements = {{ 10.0.0.1 }}; }}\n chain c {{ type filter hook input priority 0\n ip "
            + $"saddr != @s drop\n }}\n }}\n{statement}\n",
            "t");
        Assert.Equal("table t {\n    policy pass\n}\n", result.Format());
        Assert.Contains(result.Notes, n => n.Line == 4 && n.Reason.StartsWith("there is no set s", StringComparison.Ordinal));
    }

    [Fact]
    public void What_vlan_means_is_said()
    {
        var result = NftImporter.Import("table inet x {\n chain c {\n type filter hook input priority 0;\n vlan id 5 drop\n }\n}\n", "t");
        Assert.Contains(result.Notes, note => note.Line == 4 && note.Reason.Contains("802.1ad", StringComparison.Ordinal));
        Assert.Contains("vlan id 5", result.Format(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("meta l4proto tcp meta length 100 drop")]
    [InlineData("ether type != 8021q drop")]
    [InlineData("ether type { ip, vlan } drop")]
    [InlineData("ether type 8021ad drop")]
    [InlineData("tcp flags & syn | ack == syn drop")]
    [InlineData("limit rate 10 mbytes/second drop")]
    [InlineData("ip saddr & 255.0.0.0 == 10.0.0.0 drop")]
    public void What_means_something_else_is_refused(string rule)
    {
        var result = NftImporter.Import($"table ip t {{ chain c {{ type filter hook input priority 0\n{rule}\n }} }}\n", "t");
        Assert.Equal("table t {\n    policy pass\n}\n", result.Format());
        Assert.Equal(2, Assert.Single(result.Notes).Line);
    }

    [Theory]
    [InlineData("tcp dport 22 counter", "tcp dport 22 continue")]
    [InlineData("tcp dport 22 counter comment \"n\"", "tcp dport 22 continue comment \"n\"")]
    [InlineData("tcp dport 22 counter name \"c\" accept", "tcp dport 22 pass")]
    [InlineData("ip frag-off & 0x1fff != 0x0 counter drop", "ip frag later drop")]
    [InlineData("tcp dport 22 counter name c packets 1 bytes 2 drop", null)]
    [InlineData("tcp dport $ports accept", "tcp dport { 22, 80 } pass")]
    [InlineData(
        "ip saddr { $one, 10.0.0.9, } tcp dport { $ports, 81 } accept", "ip saddr { 10.0.0.1, 10.0.0.9 } tcp dport { 22, 80-81 } pass")]
    [InlineData("tcp flags & (fin | syn | rst | ack) == syn | ack drop", "tcp flags & (fin|syn|rst|ack) == syn|ack drop")]
    public void A_rule_means_what_it_did(string rule, string? expected)
    {
        var result = NftImporter.Import(
            $"define ports = {{ 22,\n 80, }}\ndefine one = 10.0.0.1\ntable inet t {{ chain c {{ type filter hook input priority "
            + $"0\n{rule}\n }} }}\n",
            "t");
        Assert.Equal($"table t {{\n    policy pass\n{(expected is null ? "" : $"\n    {expected}\n")}}}\n", result.Format());
        Assert.Equal(expected is null ? 1 : 0, result.Notes.Count);
    }

    [Theory]
    [InlineData("*filter\n:INPUT DROP [0:0]\n")]
    [InlineData("{\"nftables\": [{\"metainfo\": {\"version\": \"1.0.6\"}}]}")]
    [InlineData("table ip t {\n flags dormant\n chain c { type filter hook input priority 0; policy drop; }\n }\n")]
    [InlineData("table ip t { chain o { type filter hook output priority 0; } }")]
    [InlineData("")]
    public void A_file_without_a_chain_on_the_way_in_fails(string text)
    {
        var result = NftImporter.Import(text, "t");
        Assert.NotNull(result.Failure);
        Assert.Equal("table t {\n    policy pass\n}\n", result.Format());
    }

    [Fact]
    public void A_table_of_another_layer_is_not_taken_over()
    {
        var result = NftImporter.Import(
            "table arp a {\n chain c {\n type filter hook input priority 0; policy drop;\n }\n}\ntable ip b {\n chain c {\n type filter "
            + "hook input priority 0; policy accept;\n tcp dport 22 drop\n }\n}\n",
            "t");
        Assert.Equal(
            "1: table arp a: chains of arp see other packets than XDP does",
            Assert.Single(result.Notes.Select(n => $"{n.Line}: {n.Text}: {n.Reason}")));
        Assert.Contains("    meta nfproto ipv4 tcp dport 22 drop\n}\n", result.Format());
    }

    [Fact]
    public void Variables_of_variables_are_bounded()
    {
        var defines = string.Concat(Enumerable.Range(1, 40).Select(i => $"define a{i} = {{ $a{i - 1}, $a{i - 1} }}\n"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = NftImporter.Import(
            $"define a0 = 1\n{defines}table inet t {{ chain c {{ type filter hook input priority 0; policy drop;\n tcp dport $a5 accept\n "
            + $"tcp dport $a40 accept\n }} }}\n",
            "t");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 30);
        Assert.Equal((1, 2), (result.Taken, result.Total));
        Assert.Contains("tcp dport 1 pass", result.Format(), StringComparison.Ordinal);
        Assert.DoesNotContain("policy\"", result.Format(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_makes_it_throw() => Gen.OneOf(
        Gen.String[0, 200],
        Gen.OneOf<string>("table", "inet", "t", "{", "}", "chain", "set", "map", "type", "filter", "hook", "input", ";", "\n", "tcp",
            "dport", "22", "accept", "counter", "packets", "bytes", "ip", "frag-off", "&", "8191", "!=", "0",
            "log", "prefix", "\"x\"", "$", "a", "define", "include", "flags", "dormant", "add", ",", "elements", "=", "expires", "limit",
            "meta", "length", "ether", "policy", "drop").Array[0, 60].Select(w => string.Join(' ', w))).Sample(text =>
    {
        var result = NftImporter.Import(text, "t");
        Assert.NotNull(Rules.Read(result.Format()).Table);
        IptablesImporter.Import(text, "t");
    }, iter: 5000);
}
