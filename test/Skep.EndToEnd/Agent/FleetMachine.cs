using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>
/// An agent on what is to it a machine of its own: its network namespace, with a cable to another namespace, and its /run/skep, where the
/// packet filters are pinned that it applies.
/// </summary>
internal sealed class FleetMachine : IDisposable
{
    // The device whose packets are filtered: not the cable, which is to be cut by nothing but the test.
    public const string Filtered = "edge0";

    private readonly TestNamespace _space = new();
    private readonly TestNamespace _hub;
    private readonly string _cable;
    private readonly RunningAgent _agent;

    /// <param name="hub">Where the other end of the cable is, below the bridge <c>hub</c>.</param>
    /// <param name="number">Its number, of which its address and the name of its cable are made.</param>
    /// <param name="config">Lines of its configuration.</param>
    public FleetMachine(TestNamespace hub, int number, string config)
    {
        _hub = hub;
        _cable = $"cable{number}";
        _space.Ip("link set lo up");
        _space.Ip($"link add {Filtered} type veth peer name edge1");
        _space.Ip($"link add up0 type veth peer name {_cable} netns {hub.Name}");
        _space.Ip($"address add 10.213.7.{number}/24 dev up0");
        foreach (string device in (string[])[Filtered, "edge1", "up0"]) _space.Ip($"link set {device} up");
        _hub.Ip($"link set {_cable} master hub up");
        _agent = new RunningAgent(config);
        _agent.Start(_space.Inside("unshare", "--mount", "sh", "-ec",
            "mkdir -p /run/skep; mount -t tmpfs -o mode=700 tmpfs /run/skep; exec \"$@\"", "sh", SkepBinary.Path));
    }

    /// <summary>Pulls its cable out, or puts it in again.</summary>
    public void Connect(bool connects) => _hub.Ip($"link set {_cable} {(connects ? "up" : "down")}");

    /// <summary>Runs skep there.</summary>
    public Outcome Skep(params string[] words) => Tool.Try(
        "nsenter", ["-t", $"{_agent.Process.Id}", "--net", "--mount", SkepBinary.Path, .. words]);

    /// <summary>Whether the agent says that it reaches what leads it.</summary>
    public bool IsReached =>
        Skep("agent", "status", "--config", _agent.ConfigPath).Output.Contains("fleet reached: true", StringComparison.Ordinal);

    /// <summary>What a table does there: its first rule, and the program that does it, another when the table is applied.</summary>
    public (string Rule, int Program) Enforced(string table)
    {
        JsonNode shown = JsonNode.Parse(Skep("filter", "show", table, "-j").Output)!;
        return (shown["rules"]![0]!["text"]!.GetValue<string>(), shown["devices"]![0]!["prog_id"]!.GetValue<int>());
    }

    public void Dispose()
    {
        _agent.Dispose();
        _space.Dispose();
    }
}
