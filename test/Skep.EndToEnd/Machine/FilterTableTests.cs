using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>
/// A table on a veth, in native and in generic mode: what the rules make of what was sent, to the network stack and to the peer.
/// </summary>
[Trait("level", "machine")]
public sealed class FilterTableTests(FilterMachine machine) : IClassFixture<FilterMachine>, IDisposable
{
    private readonly FilterMachine _machine = machine;

    public static TheoryData<string> Modes => ["native", "generic"];

    public void Dispose() => SkepBinary.Run("filter", "remove", "edge");

    [Theory, MemberData(nameof(Modes))]
    public void The_mode_and_the_program_are_those_that_ip_shows(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        JsonNode device = Assert.Single(SkepBinary.Json("filter", "show", "edge")["devices"]!.AsArray())!;
        Assert.Equal(("v0", _machine.Inside.Name, mode), ((string?)device["device"], (string?)device["netns"], (string?)device["mode"]));
        JsonNode attached = Assert.Single(_machine.XdpOf("v0")!["attached"]!.AsArray())!;
        Assert.Equal((mode == "native" ? 1 : 2, (int)device["prog_id"]!), ((int)attached["mode"]!, (int)attached["prog"]!["id"]!));
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_table_checks_before_it_is_applied(string mode) =>
        FilterMachine.Succeed("filter", "check", _machine.Table("edge", $"devices = {{ v0 }}\nmode {mode}", FilterMachine.Rules));

    [Theory, MemberData(nameof(Modes))]
    public void Statistics_count_what_was_sent(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules, "--track", "sources,ports,sizes");
        _machine.Send(20);
        JsonNode stats = SkepBinary.Json("filter", "stats", "edge");
        JsonObject actions = stats["actions"]!.AsObject(), protocols = stats["protocols"]!.AsObject();
        Assert.Equal(
            "XDP_ABORTED 0, XDP_DROP 35, XDP_PASS 25, XDP_TX 20, XDP_REDIRECT 40",
            string.Join(", ", actions.Select(action => $"{action.Key} {action.Value!["packets"]}")));
        Assert.Equal(11760, actions.Sum(action => (long)action.Value!["bytes"]!));
        Assert.Equal([40, 60, 20], new[] { "TCP", "UDP", "ICMP" }.Select(name => (long)protocols[name]!["packets"]!));
        Assert.Equal("bad 0, ssh 20, dns 15, echo 20, cpu 20, back 20", FilterMachine.Counts(stats));
        JsonNode source = stats["sources"]!["top"]![0]!;
        Assert.Equal(("10.99.0.2", 120), ((string?)source["source"], (int)source["packets"]!));
        Assert.Equal(5, stats["ports"]!["top"]!.AsArray().Count);
        Assert.Equal(120, stats["sizes"]!.AsArray().Max(size => (int)size!["packets"]!));
        Assert.NotEmpty(FilterMachine.Succeed("filter", "stats", "edge", "--mode", "all"));
    }

    /// <summary>5 datagrams are within the limit of dns, and all that cpu takes: nobody listens on either port.</summary>
    [Theory, MemberData(nameof(Modes))]
    public void The_network_stack_gets_what_is_passed_and_sent_to_a_CPU(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        long before = _machine.Datagrams();
        _machine.Send(20);
        Assert.Equal(25, _machine.Datagrams() - before);
    }

    [Theory, MemberData(nameof(Modes))]
    public void The_peer_gets_what_is_sent_back_and_over(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        long[] before = PeerCounts();
        _machine.Send(20);
        Assert.Equal([20, 20], PeerCounts().Zip(before, (now, then) => now - then));
    }

    [Theory, MemberData(nameof(Modes))]
    public void The_log_has_each_packet(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        using Process log = FilterMachine.FollowLog("-j", "-n", "20", "--duration", "60s");
        _machine.Send(20);
        Outcome outcome = Tool.Finish(log);
        outcome.Succeeds();
        JsonNode[] packets = [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(20, packets.Length);
        Assert.Equal(
            ["ssh drop v0 98"],
            packets.Select(packet => $"{packet["rule"]} {packet["verdict"]} {packet["device"]} {packet["bytes"]}").Distinct());
        Assert.Contains("skep: 20 packets shown; 20 logged, 0 of them lost", outcome.Error.Split('\n'));
    }

    [Theory, MemberData(nameof(Modes))]
    public void Elements_of_a_set_count_from_when_they_are_added_to_when_they_are_deleted(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        FilterMachine.Succeed("filter", "set", "add", "edge", "bad", "10.99.0.2");
        Assert.Equal("10.99.0.2\n198.51.100.0/24\n", FilterMachine.Succeed("filter", "set", "list", "edge", "bad"));
        _machine.Send(10);
        Assert.Equal("bad 60, ssh 0, dns 0, echo 0, cpu 0, back 0", FilterMachine.Counts("edge"));
        FilterMachine.Succeed("filter", "set", "del", "edge", "bad", "10.99.0.2");
        _machine.Send(10);
        Assert.Equal("bad 60, ssh 10, dns 5, echo 10, cpu 10, back 10", FilterMachine.Counts("edge"));
    }

    /// <summary>A limit keeps its bucket: the second ten of dns are all over it.</summary>
    [Theory, MemberData(nameof(Modes))]
    public void Rules_keep_their_counts_and_limits_when_the_table_is_replaced(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        _machine.Send(10);
        _machine.ApplyEdge(mode, $"policy drop\ntcp dport 80 pass comment \"web\"\n{FilterMachine.Rules}");
        _machine.Send(10);
        Assert.Equal("web 10, bad 0, ssh 20, dns 15, echo 20, cpu 20, back 20", FilterMachine.Counts("edge"));
    }

    [Theory, MemberData(nameof(Modes))]
    public void A_second_table_for_a_device_is_refused(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        Outcome outcome = SkepBinary.Run(
            "filter", "apply", _machine.Table("other", "devices = { v0 }", ""), "--netns", _machine.Inside.Name);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("of table edge,", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("held by skep", outcome.Error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Modes))]
    public void The_previous_rules_return_when_a_change_is_not_confirmed(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        _machine.Send(10);
        _machine.ApplyEdge(mode, "policy pass", "--confirm", "12s");
        JsonNode pending = SkepBinary.Json("filter", "show", "edge");
        Assert.Equal(("pass", 0), ((string?)pending["policy"], pending["rules"]!.AsArray().Count));
        Assert.True((double)pending["returns_in"]! > 0);
        Tool.Until(() => SkepBinary.Json("filter", "show", "edge")["rules"]!.AsArray().Count == 6, "the previous rules", 60);
        _machine.Send(10);
        Assert.Equal("bad 0, ssh 20, dns 15, echo 20, cpu 20, back 20", FilterMachine.Counts("edge"));
    }

    [Theory, MemberData(nameof(Modes))]
    public void Live_statistics_have_a_line_per_interval(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        _machine.Send(10);
        string[] lines = FilterMachine.Succeed("filter", "stats", "edge", "-j", "--mode", "actions", "--interval", "500ms", "-n", "2")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonNode[] sent = [.. lines.Select(line => JsonNode.Parse(line)!["actions"]!["XDP_TX"]!)];
        Assert.Equal(["10 0", "10 0"], sent.Select(action => $"{action["packets"]} {action["pps"]}"));
    }

    [Theory, MemberData(nameof(Modes))]
    public void Removing_a_table_leaves_nothing_of_it(string mode)
    {
        _machine.ApplyEdge(mode, FilterMachine.Rules);
        Assert.Equal(
            ["edge 6", "peer 2"], SkepBinary.Json("filter", "list").AsArray().Select(table => $"{table!["table"]} {table["rules"]}"));
        FilterMachine.Succeed("filter", "remove", "edge");
        Assert.Equal(["peer"], SkepBinary.Json("filter", "list").AsArray().Select(table => (string?)table!["table"]));
        Assert.Equal(["peer"], Tool.BpftoolJson("prog", "list").AsArray().Select(program => (string?)program!["name"]));
        Assert.Null(_machine.XdpOf("v0"));
        FilterMachine.Succeed("filter", "remove", "peer");
        Assert.Empty(SkepBinary.Json("filter", "list").AsArray());
        Assert.Empty(Tool.BpftoolJson("prog", "list").AsArray());
        Assert.Empty(Tool.BpftoolJson("map", "list").AsArray());
        _machine.ApplyPeer();
    }

    // What comes back by v1, and over by w1.
    private static long[] PeerCounts() =>
        [.. SkepBinary.Json("filter", "show", "peer")["rules"]!.AsArray().Select(rule => (long)rule!["packets"]!)];
}
