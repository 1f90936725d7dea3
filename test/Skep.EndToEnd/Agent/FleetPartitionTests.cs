using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>Agents on machines of their own, an etcd that knows them by their certificates, and a network between that is cut.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class FleetPartitionTests : IDisposable
{
    private const string Table = "edge", Address = "10.213.7.254";

    private readonly Scratch _scratch = new();
    private readonly TestNamespace _hub = new();
    private readonly TestAuthority _authority = new();
    private readonly EtcdServer _etcd;
    private readonly FleetMachine[] _machines;
    private readonly string _operator;

    public FleetPartitionTests()
    {
        Requires.Installed("nft");
        _hub.Ip("link set lo up");
        _hub.Ip("link add hub type bridge");
        _hub.Ip($"address add {Address}/24 dev hub");
        _hub.Ip("link set hub up");
        (string certificate, string key) = _authority.Issue("etcd", Address);
        _etcd = new EtcdServer(new EtcdPlace(_hub, Address, certificate, key, _authority.Path));
        _operator = _scratch.Write("operator.toml", Fleet("operator"));
        _machines = [.. Enumerable.Range(1, 3).Select(number => new FleetMachine(_hub, number, Fleet($"agent{number}")))];
        Tool.Until(() => Status("agents").Count(one => one["alive"]!.GetValue<bool>()) == 3, "all agents live");
    }

    public void Dispose()
    {
        foreach (FleetMachine machine in _machines) machine.Dispose();
        _etcd.Dispose();
        _authority.Dispose();
        _hub.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void A_network_that_is_cut_changes_nothing_and_all_converge_when_it_is_whole()
    {
        Push(22, "--wait").Succeeds();
        (string Rule, int Program)[] first = Enforced();
        Assert.All(first, one => Assert.Equal("tcp dport 22 drop", one.Rule));

        // What is sent to etcd and by it is lost, without a word to anybody.
        Nft("add table inet cut; add chain inet cut in { type filter hook input priority 0; policy drop; }; "
            + "add rule inet cut in iif lo accept; add chain inet cut out { type filter hook output priority 0; policy drop; }; "
            + "add rule inet cut out oif lo accept");
        Push(23).Succeeds();
        Tool.Until(() => _machines.All(machine => !machine.IsReached), "all agents report that they do not reach etcd", 120);
        Assert.Equal(first, Enforced());
        Assert.Equal((0, 3), Counts("applied", "behind"));
        Assert.Equal(1, Fleet("status", []).Code);

        // One cable stays out when the others are in again.
        _machines[0].Connect(false);
        Nft("delete table inet cut");
        Tool.Until(() => Counts("applied", "behind") is (2, _), "two agents enforce the second version", 120);
        (string Rule, int Program)[] second = Enforced();
        Assert.Equal(first[0], second[0]);
        Assert.All(second[1..], one => Assert.Equal("tcp dport 23 drop", one.Rule));
        Tool.Until(() => Counts("applied", "silent") is (2, 1), "the lease of the third has ended", 120);
        Assert.Equal(first[0], _machines[0].Enforced(Table));

        // Only what etcd answers to one of them is lost: it is heard, and hears nothing.
        _machines[0].Connect(true);
        Tool.Until(() => Counts("applied", "silent") is (3, 0), "all enforce the second version", 120);
        Nft("add table inet cut; add chain inet cut out { type filter hook output priority 0; }; "
            + "add rule inet cut out ip daddr 10.213.7.2 drop");
        Push(24).Succeeds();
        Tool.Until(() => Counts("applied", "behind") is (2, _), "the two others enforce the third version", 120);
        Assert.Equal(second[1], _machines[1].Enforced(Table));
        Nft("delete table inet cut");
        Tool.Until(() => Counts("applied", "silent") is (3, 0), "all enforce the third version", 120);
        (string Rule, int Program)[] third = Enforced();
        Assert.All(third, one => Assert.Equal("tcp dport 24 drop", one.Rule));
        Fleet("status", []).Succeeds();

        // What was reached again is not applied again.
        Tool.Until(() => _machines.All(machine => machine.IsReached), "all agents report that they reach etcd", 120);
        Assert.Equal(third, Enforced());
    }

    [Fact]
    public void Who_has_no_certificate_is_not_answered()
    {
        string stranger = _scratch.Write("stranger.toml", string.Join(
            '\n', Fleet("stranger").Split('\n').Where(line => !line.StartsWith("client_", StringComparison.Ordinal))));
        string[] words = _hub.Inside(SkepBinary.Path, "fleet", "agents", "--config", stranger);
        Assert.Equal(1, Tool.Try(words[0], words[1..]).Code);
        Fleet("agents", []).Succeeds();
    }

    private (string Rule, int Program)[] Enforced() => [.. _machines.Select(machine => machine.Enforced(Table))];

    private void Nft(string commands)
    {
        string[] words = _hub.Inside("nft", commands);
        Tool.Run(words[0], words[1..]);
    }

    private string Fleet(string id)
    {
        (string certificate, string key) = _authority.Issue(id);
        return $"""
            [fleet]
            source = "etcd"
            endpoints = ["{_etcd.Address}"]
            id = "{id}"
            groups = ["web"]
            ca_file = "{_authority.Path}"
            client_cert = "{certificate}"
            client_key = "{key}"
            """;
    }

    private Outcome Push(int port, params string[] options) => Fleet(
        "push",
        [
            _scratch.Write("p.skep", $"table {Table} {{\n    devices = {{ {FleetMachine.Filtered} }}\n    tcp dport {port} drop\n}}\n"),
            "--group", "web", .. options,
        ]);

    private Outcome Fleet(string command, string[] options)
    {
        string[] words = _hub.Inside([SkepBinary.Path, "fleet", command, .. options, "--config", _operator]);
        return Tool.Try(words[0], words[1..]);
    }

    private JsonNode[] Status(string command)
    {
        Outcome outcome = Fleet(command, ["-j"]);
        return [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line))
            .SelectMany(node => node is JsonArray array ? [.. array] : new[] { node }).OfType<JsonNode>()];
    }

    private (int, int) Counts(string first, string second)
    {
        JsonNode row = Status("status").Single();
        return (row[first]!.GetValue<int>(), row[second]!.GetValue<int>());
    }
}
