using Skep.Filter.Expect;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Tests.Expect;

/// <summary>What a file of expectations may be, and what is said of one that is not.</summary>
public sealed class ExpectationFileTests
{
    private const string Packet = "tcp 10.0.0.1:5 > 10.0.0.2:22";

    private static readonly Table Table = Rules.Table(
        """
        set web { type inet_service; elements = { 80, 443 } }
        tcp dport 22 drop comment "no ssh"
        tcp dport @web \
            pass
        tcp dport 25 drop comment "no ssh"
        """);

    [Theory]
    [InlineData("drop", null, -1)]
    [InlineData("drop by rule 1", "rule", 0)]
    [InlineData("drop by rule \"no ssh\"", "rule", 0)]
    [InlineData("drop by rule \"no ssh#2\"", "rule", 2)]
    [InlineData("drop by rule \"tcp dport 22 drop\"", "rule", 0)]
    [InlineData("drop by rule \"tcp dport {22} drop\"", "rule", 0)]
    [InlineData("pass by rule \"tcp dport @web pass\"", "rule", 1)]
    [InlineData("pass by line 4", "rule", 1)]
    [InlineData("drop by line 6 # the last", "rule", 2)]
    [InlineData("pass by policy", "policy", -1)]
    [InlineData("drop by malformed", "malformed", -1)]
    public void What_decides_is_a_rule_the_policy_or_what_is_malformed(string expected, string? reason, int rule)
    {
        var one = Assert.Single(Read($"{Packet} => {expected}\n"));
        Assert.Equal(reason is null ? null : new Decider(reason, rule), one.Decider);
    }

    [Fact]
    public void An_id_has_the_name_that_filter_show_prints()
    {
        var one = Assert.Single(Read($"{Packet} => pass by rule {Table.Rules[1].Id}"));
        Assert.Equal(new Decider("rule", 1), one.Decider);
    }

    [Fact]
    public void Comments_empty_lines_and_joined_lines_are_read()
    {
        var read = Read($"# first\n\n{Packet} => drop\n{Packet} \\\n => \\\n redirect cpu 3\n\nin eth0: {Packet} => tx; "
            + $"in \"a#1\": {Packet} => redirect eth1\nin 7:icmp 10.0.0.1 > 10.0.0.2=>redirect \"fib\"\n");
        Assert.Equal([3, 4, 8, 8, 9], read.Select(one => one.Line));
        Assert.Equal([null, null, "eth0", "a#1", "7"], read.Select(one => one.Interface));
        Assert.Equal(
            [VerdictKind.Drop, VerdictKind.RedirectCpu, VerdictKind.Tx, VerdictKind.RedirectDevice, VerdictKind.RedirectDevice],
            read.Select(one => one.Verdict.Kind));
        Assert.Equal(1, read[4].Packet.Protocol);
    }

    [Fact]
    public void What_a_rewritten_packet_leaves_out_is_as_in_the_packet()
    {
        var one = Assert.Single(Read(
            "vlan 5 pcp 3 tcp 10.0.0.1:5 > 10.0.0.2:22 flags ack ttl 9 payload 3 => pass rewritten tcp 10.0.0.1:5 > 10.0.0.3:23"));
        Assert.Equal(one.Packet with { Destination = 0x0a000003, DestinationPort = 23 }, one.Rewritten);
        Assert.Equal((9, 0x10, 3), (one.Packet.Ttl, one.Packet.TcpFlags, one.Packet.PayloadLength));
        Assert.Equal((3, 5), (one.Packet.Tags[0].Pcp, one.Packet.Tags[0].Id));
    }

    [Fact]
    public void Messages_show_place_text_and_suggestion() => Assert.Equal(
        [
            """
            rules.expect:2:33: error: expected a verdict behind =>, found dorp
                tcp 10.0.0.1:5 > 10.0.0.2:22 => dorp
                                                ^~~~
                (write drop, pass, tx, redirect DEVICE, redirect cpu N, redirect xsk or redirect fib)
            """,
            """
            rules.expect:4:46: error: the table has no rule no sssh
                tcp 10.0.0.1:5 > 10.0.0.2:22 => drop by rule "no sssh"
                                                             ^~~~~~~~~
                (did you mean no ssh?)
            """,
            """
            rules.expect:5:16: error: 10.0.0.1 is not an address with a port (write 10.0.0.1:53 or [2001:db8::1]:53)
                tcp 10.0.0.1 > 10.0.0.2:22 => drop
                               ^~~~~~~~~~~
            """,
        ],
        Messages($"{Packet} => drop\n{Packet} => dorp\n# not read\n{Packet} => drop by rule \"no sssh\"\n"
            + "tcp 10.0.0.1 > 10.0.0.2:22 => drop"));

    [Theory]
    [InlineData(Packet, "there is no => behind the packet")]
    [InlineData(Packet + " -> drop", "there is no => behind the packet")]
    [InlineData(Packet + " = > drop", "there is no => behind the packet")]
    [InlineData("=> drop", "the packet is empty")]
    [InlineData("tpc 10.0.0.1 > 10.0.0.2 => drop", "tpc is not a protocol")]
    [InlineData(Packet + " payload 99999 => drop", "99999 is not a value for payload")]
    [InlineData("vlan 5 pcp 8 " + Packet + " => drop", "pcp needs a number from 0 to 7")]
    [InlineData(Packet + " =>", "expected a verdict behind =>, found the end of the line")]
    [InlineData(Packet + " => accept", "XDP has no accept")]
    [InlineData(Packet + " => continue", "a packet's verdict is not continue")]
    [InlineData(Packet + " => redirect", "expected where to redirect to")]
    [InlineData(Packet + " => redirect cpu x", "x is not a CPU")]
    [InlineData(Packet + " => drop => pass", "expected by, rewritten or the end of the line, found =")]
    [InlineData(Packet + " => drop bye rule 1", "expected by, rewritten or the end of the line, found bye")]
    [InlineData(Packet + " => drop by", "expected what decides behind by, found the end of the line")]
    [InlineData(Packet + " => drop by the rule", "expected what decides behind by, found the")]
    [InlineData(Packet + " => drop by rule", "expected a rule behind rule")]
    [InlineData(Packet + " => drop by rule 0", "the table has no rule 0")]
    [InlineData(Packet + " => drop by rule 4", "the table has no rule 4")]
    [InlineData(Packet + " => drop by rule \"tcp dport 23 drop\"", "the table has no rule tcp dport 23 drop")]
    [InlineData(Packet + " => drop by rule \"no ssh", "the string has no end on its line")]
    [InlineData(Packet + " => drop by line", "expected the number of a line of the rule file behind line")]
    [InlineData(Packet + " => drop by line \"3\"", "expected the number of a line of the rule file behind line")]
    [InlineData(Packet + " => drop by line 5", "no rule begins at line 5 of the rule file")]
    [InlineData(Packet + " => drop by line x", "no rule begins at line x of the rule file")]
    [InlineData(Packet + " => drop rewritten", "the packet is empty")]
    [InlineData(Packet + " => drop rewritten tcp 10.0.0.1:5 >", "tcp needs two ends")]
    [InlineData(Packet + " => drop rewritten udp 10.0.0.1:5 > 10.0.0.2:22", "rules cannot rewrite the packet to this one")]
    [InlineData(Packet + " => drop rewritten " + Packet + " payload 17", "rules cannot rewrite the packet to this one")]
    [InlineData("sctp 10.0.0.1:5 > 10.0.0.2:22 => drop rewritten sctp 10.0.0.1:5 > 10.0.0.2:23", "rules cannot rewrite the packet")]
    [InlineData("in eth0 " + Packet + " => drop", "expected an interface and : behind in, found eth0")]
    [InlineData("in a/b: " + Packet + " => drop", "a/b is not a name for a device")]
    [InlineData("in a_name_too_long_for_it: " + Packet + " => drop", "is not a name for a device")]
    public void What_is_refused_is_explained(string line, string message)
    {
        string[] messages = Messages($"{Packet} => drop\n{line}\n{Packet} => pass\n");
        Assert.Contains(message, Assert.Single(messages), StringComparison.Ordinal);
        Assert.StartsWith("rules.expect:2:", messages[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the file has no expectation")]
    [InlineData("# nothing\n\n", "the file has no expectation")]
    [InlineData("root:x:0:0::/root:/bin/sh\n", "this is no file of expectations")]
    [InlineData("key => secret\n", "this is no file of expectations")]
    public void A_file_of_another_kind_is_not_quoted(string text, string message)
    {
        string said = Assert.Single(Messages(text));
        Assert.Contains(message, said, StringComparison.Ordinal);
        Assert.DoesNotContain("root", said, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_mistakes_ends_with_the_hundredth() =>
        Assert.Equal(101, Messages(string.Concat(Enumerable.Repeat($"{Packet} => dorp\n", 500)) + $"{Packet} => drop\n").Length);

    [Fact]
    public void Texts_of_any_kind_are_read_or_refused()
    {
        string[] parts =
        [
            "in ", "eth0:", "\"a#1\":", "tcp ", "udp ", "10.0.0.1:5 ", "> ", "=> ", "= ", "drop ", "pass", "redirect ", "by ", "rule ",
            "line ", "\"no ssh\"", "1 ", "rewritten ", "\\\n", "\n", ";", "{", "\"", "#", "\0", "payload ", "vlan ",
        ];
        var random = new Random(7);
        int read = 0;
        for (int i = 0; i < 20000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => parts[random.Next(parts.Length)]));
            (var expectations, var diagnostics) = ExpectationFile.Read(new SourceText("rules.expect", text), Table);
            Assert.Equal(expectations is null, diagnostics.Count > 0);
            foreach (var diagnostic in diagnostics) DiagnosticFormatter.Format(diagnostic);
            if (expectations is not null) read++;
        }
        Assert.InRange(read, 1, 19999);
    }

    private static IReadOnlyList<Expectation> Read(string text)
    {
        (var expectations, var diagnostics) = ExpectationFile.Read(new SourceText("rules.expect", text), Table);
        Assert.Empty(diagnostics);
        return expectations!;
    }

    private static string[] Messages(string text)
    {
        (var expectations, var diagnostics) = ExpectationFile.Read(new SourceText("rules.expect", text), Table);
        Assert.Null(expectations);
        return [.. diagnostics.Select(DiagnosticFormatter.Format)];
    }
}
