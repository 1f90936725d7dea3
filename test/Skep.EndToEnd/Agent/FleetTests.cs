using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>Agents that are led by etcd, and by a directory.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class FleetTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly string _device = $"fl{Environment.ProcessId}", _table = $"fleet{Environment.ProcessId}";

    public FleetTests()
    {
        Requires.Root();
        Tool.Run("ip", "link", "add", _device, "type", "veth", "peer", "name", _device + "p");
        Tool.Run("ip", "link", "set", _device, "up");
    }

    public void Dispose()
    {
        SkepBinary.Run("filter", "remove", _table);
        Tool.Try("ip", "link", "del", _device);
        _scratch.Dispose();
    }

    [Fact]
    public void What_is_pushed_is_enforced_and_goes_back_and_stays_without_etcd()
    {
        using var etcd = new EtcdServer();
        using RunningAgent agent = new RunningAgent(Fleet($"source = \"etcd\"\nendpoints = [\"{etcd.Address}\"]")).Start();
        Tool.Until(() => Skep(etcd, "agents", "--group", "web")[0]?["alive"]?.GetValue<bool>() == true, "the agent lives");
        Push(etcd, 22, 0);
        Assert.Equal("tcp dport 22 drop", Rule());
        Push(etcd, 23, 0);
        Assert.Equal("tcp dport 23 drop", Rule());
        JsonNode shown = JsonNode.Parse(SkepBinary.Run("filter", "show", _table, "-j").Output)!;
        Assert.Equal(("fleet:p/p.skep", "2"), (shown["source"]!.GetValue<string>(), shown["version"]!.GetValue<string>()));
        JsonNode[] versions = [.. Skep(etcd, "history", "p").AsArray().OfType<JsonNode>()];
        Assert.Equal([1, 2], versions.Select(one => one["version"]!.GetValue<int>()));
        JsonNode change = Assert.Single(Skep(etcd, "diff", "p").AsArray())!;
        Assert.Equal(("tcp dport 22 drop", "tcp dport 23 drop"), (Only(change["removed"]), Only(change["added"])));

        // What has an error is not stored; what cannot be applied changes nothing.
        string bad = _scratch.Write("bad.skep", "table x {");
        Assert.Equal(2, SkepBinary.Run("fleet", "push", bad, "--group", "web", "--endpoints", etcd.Address).Code);
        Outcome halted = Push(etcd, 24, 1, "--canary", "1", "--soak", "1s", "--health", "skep_programs < 0");
        Assert.Contains("does not hold", halted.Error, StringComparison.Ordinal);
        Tool.Until(() => Rule() == "tcp dport 23 drop", "the rules before are back");
        Push(etcd, 25, 0, "--canary", "1", "--soak", "1s", "--health", "skep_programs > 0");
        Assert.Equal("tcp dport 25 drop", Rule());

        Outcome status = agent.Skep("fleet", "status");
        Assert.Equal((0, "web  p  version 4  agents 1: 1 applied\n"), (status.Code, status.Output));

        agent.Skep("fleet", "rollback", "p", "--group", "web", "--to", "1", "--wait").Succeeds();
        Assert.Equal("tcp dport 22 drop", Rule());
        SkepBinary.Run("filter", "remove", _table);
        Push(etcd, 26, 0);
        Outcome pruned = agent.Skep("fleet", "prune", "--keep", "2");
        Assert.Equal((0, "version 1 of p removed\nversion 2 of p removed\nversion 3 of p removed\n3 versions and 3 contents removed\n"),
            (pruned.Code, pruned.Output));
        Assert.Equal([4, 5], Skep(etcd, "history", "p").AsArray().Select(one => one!["version"]!.GetValue<int>()));
        etcd.Kill();
        agent.End("KILL");
        agent.Start();
        Assert.Equal("tcp dport 26 drop", Rule());
        Assert.Equal(1, agent.Skep("fleet", "status").Code);
    }

    [Fact]
    public void What_changes_is_printed_as_it_does()
    {
        using var etcd = new EtcdServer();
        string output = _scratch.File("watched");
        using Process watch = Tool.Start(
            "sh", ["-c", $"exec {SkepBinary.Path} fleet watch -j --endpoints {etcd.Address} >{output} 2>{output}.said"]);
        try
        {
            using RunningAgent agent = new RunningAgent(Fleet($"source = \"etcd\"\nendpoints = [\"{etcd.Address}\"]")).Start();
            Tool.Until(() => Lines().Any(one => (string?)one["agent"] == "a"), "the agent lives");
            Push(etcd, 22, 0);
            Tool.Until(
                () => Lines().Any(one => (string?)one["group"] == "web" && (int?)Policy(one)?["version"] == 1), "the group");
            Tool.Until(
                () => Lines().Any(one => (string?)one["agent"] == "a" && (string?)Policy(one)?["state"] == "applied"),
                "the report");
            Tool.End(watch, "INT").Succeeds();
        }
        finally
        {
            watch.Kill();
            watch.WaitForExit();
        }

        // The last line may not be whole yet.
        JsonNode[] Lines() => !File.Exists(output) ? []
            : [.. File.ReadAllText(output).Split('\n')[..^1].Select(line => JsonNode.Parse(line)!)];

        // An agent reports before it has any policy.
        static JsonNode? Policy(JsonNode one) => one["policies"]?.AsArray().FirstOrDefault();
    }

    [Fact]
    public void A_directory_is_enforced_when_all_of_it_is_signed()
    {
        var signer = SelfSigned.Make();
        string key = _scratch.Write("key", signer.Key), certificate = _scratch.Write("cert", signer.Certificate);
        string directory = _scratch.File("policies");
        Directory.CreateDirectory(Path.Combine(directory, "web"));
        string file = Path.Combine(directory, "web", "edge.skep");
        File.WriteAllText(file, Rules(22));
        using RunningAgent agent =
            new RunningAgent(Fleet($"source = \"dir:{directory}\"\ncert = \"{certificate}\"")).Start();
        Tool.Until(() => agent.Skep("agent", "status").Output.Contains("fleet reached: true", StringComparison.Ordinal), "it was read");
        Assert.NotEqual(0, SkepBinary.Run("filter", "show", _table).Code);
        SkepBinary.Run("sign", file, "--key", key, "--cert", certificate).Succeeds();
        Tool.Until(() => SkepBinary.Run("filter", "show", _table).Code == 0, "it is enforced");
        Assert.Equal("tcp dport 22 drop", Rule());
        Assert.Contains("no-signature", agent.End(), StringComparison.Ordinal);
    }

    private static string Fleet(string lines) => $"[fleet]\nid = \"a\"\ngroups = [\"web\"]\n{lines}";

    private static string Only(JsonNode? lines) => Assert.Single(lines!.AsArray())!.GetValue<string>().Trim();

    private string Rules(int port) => $"table {_table} {{\n    devices = {{ {_device} }}\n    tcp dport {port} drop\n}}\n";

    private string Rule() =>
        JsonNode.Parse(SkepBinary.Run("filter", "show", _table, "-j").Output)!["rules"]![0]!["text"]!.GetValue<string>();

    private Outcome Push(EtcdServer etcd, int port, int code, params string[] options)
    {
        string file = _scratch.Write("p.skep", Rules(port));
        Outcome outcome = SkepBinary.Run(["fleet", "push", file, "--group", "web", "--wait", "--endpoints", etcd.Address, .. options]);
        Assert.True(outcome.Code == code, outcome.Error);
        return outcome;
    }

    private static JsonNode Skep(EtcdServer etcd, params string[] words)
    {
        Outcome outcome = SkepBinary.Run(["fleet", .. words, "--endpoints", etcd.Address, "-j"]);
        Assert.True(outcome.Code == 0, outcome.Error);
        return JsonNode.Parse(outcome.Output)!;
    }
}
