using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>A packet is stepped through a rule file, and back to the rule that changed it.</summary>
[Trait("level", "kernel")]
public sealed class FilterDebugTests
{
    private const string Rules = """
        table edge {
            policy pass
            ip protocol icmp drop
            ip ttl set 64 continue
            udp dport 53 ip ttl set 9 tx
        }
        """;

    private const int TimeToLive = 22;

    [Fact]
    public void The_rule_that_changed_a_packet_is_found_backwards()
    {
        Requires.Root();
        JsonElement[] answers = Debug("break 5", "continue", "info packet", "finish", "info packet", "break packet", "reverse-continue",
            "reverse-continue", "info packet");
        Assert.Equal(("breakpoint", 5L), (answers[2].Text("stop"), answers[2].Number("source.line")));
        Assert.Equal("udp dport 53 ip ttl set 9 tx", answers[2].Text("source.text"));
        Assert.Equal(64, TimeToLiveOf(answers[3]));
        Assert.Equal(("end", "XDP_TX (3)"), (answers[4].Text("stop"), answers[4].Text("returned")));
        Assert.Equal(9, TimeToLiveOf(answers[5]));

        // The checksum is written last, the time to live before it: by the same rule.
        Assert.Equal(5L, answers[7].Number("source.line"));
        Assert.Equal(5L, answers[8].Number("source.line"));
        Assert.Equal(64, TimeToLiveOf(answers[9]));
    }

    [Fact]
    public void A_command_that_cannot_be_done_is_a_failure()
    {
        Requires.Root();
        using var scratch = new Scratch();
        Outcome outcome = SkepBinary.Run(
            "filter", "debug", scratch.Write("edge.skep", Rules), "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53", "-c", "break 99");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("no code is at line 99", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_packet_is_forwarded_by_the_routes_of_the_interface_that_it_came_in_by()
    {
        const string Receiver = "52:54:00:80:00:02", NextHop = "52:54:00:80:00:04";
        using var scratch = new Scratch();
        using var space = new TestNamespace();
        foreach (string words in (string[])
        [
            $"link add v0 address {Receiver} type veth peer name v1", "link add w0 type veth peer name w1",
            "link set v0 up", "link set v1 up", "link set w0 up", "link set w1 up",
            "addr add 10.80.0.2/24 dev v0", "addr add 10.80.1.2/24 dev w0", $"neigh add 10.80.1.1 lladdr {NextHop} dev w0",
        ])
            space.Ip(words);
        space.Sysctl("net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.v0.rp_filter=0");

        // The other end takes frames of XDP when it polls.
        Tool.Run("ip", "netns", "exec", space.Name, "ethtool", "-K", "w1", "gro", "on");
        string rules = scratch.Write("forward.skep", "table forward {\n    policy drop\n    meta iif v0 redirect fib\n}\n");
        string packet = $"udp 10.80.0.1:5 > 10.80.1.1:53 ether 52:54:00:80:00:09 > {Receiver}";
        JsonElement[] Forward(string iif) => Answers(Tool.Run(
            "nsenter",
            [
                $"--net=/run/netns/{space.Name}", SkepBinary.Path, "filter", "debug", rules, "--packet", packet, "--iif", iif, "-j",
                "-c", "continue", "-c", "info packet", "-c", "reverse-continue", "-c", "continue", "-c", "info packet",
            ]));
        JsonElement[] answers = Forward("v0");
        Assert.Equal(("end", "XDP_REDIRECT (4)"), (answers[1].Text("stop"), answers[1].Text("returned")));
        Assert.StartsWith(NextHop.Replace(":", "", StringComparison.Ordinal), answers[2].Text("packet"), StringComparison.Ordinal);
        Assert.Equal(63, TimeToLiveOf(answers[2]));
        Assert.Equal("beginning", answers[3].Text("stop"));
        Assert.Equal(answers[2].Text("packet"), answers[5].Text("packet"));
        Assert.Equal("XDP_DROP (1)", Forward("w0")[1].Text("returned"));

        // An interface that is not there is none of the rules' either.
        Assert.Equal("XDP_DROP (1)", Forward("x7")[1].Text("returned"));
    }

    private static int TimeToLiveOf(JsonElement answer) =>
        Convert.ToInt32(answer.Text("packet")!.Substring(2 * TimeToLive, 2), 16);

    private static JsonElement[] Debug(params string[] commands)
    {
        using var scratch = new Scratch();
        return Answers(Tool.Run(SkepBinary.Path,
        [
            "filter", "debug", scratch.Write("edge.skep", Rules), "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53", "-j",
            .. commands.SelectMany(command => (string[])["-c", command]),
        ]));
    }

    private static JsonElement[] Answers(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];
}
