using System.Text.Json.Nodes;
using Skep.EndToEnd.Agent;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>What an agent keeps of what policies deny.</summary>
[Trait("level", "machine")]
public sealed class GuardAgentTests
{
    private const string Random = "7";

    private const string Rules = """
        [policy]
        name = "dice"

        [[rule]]
        action = "deny"
        on = ["prog_load"]
        helper = "bpf_get_prandom_u32"
        message = "no dice"
        """;

    [Fact]
    public void Decisions_are_kept_counted_and_found_after_a_time_without_agent()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("dice", Rules);
        using RunningAgent agent = new RunningAgent().Start();
        Deny(2);
        JsonNode[] decisions = Denied(agent, 2);
        JsonNode first = decisions[0];
        Assert.Equal(
            ("deny", "prog_load", "dice", 1, "no dice", "guarded"),
            ((string)first["decision"]!, (string)first["cmd"]!, (string)first["policy"]!, (int)first["rule"]!, (string)first["message"]!,
                (string)first["comm"]!));
        IEnumerable<JsonNode> logged = GuardMachine.Log().Select(one => JsonNode.Parse(one.GetRawText())!);
        Assert.Equal(logged.Select(Timeless), decisions.Select(Timeless));
        Assert.Contains(
            "skep_guard_decisions_total{policy=\"dice\",decision=\"deny\"} 2\n", agent.GetAs("/metrics").Body, StringComparison.Ordinal);
        Assert.Equal(2, JsonNode.Parse(agent.GetAs("/api/v1/guard/history?policy=dice").Body)!.AsArray().Count);

        agent.End();
        Deny(1);
        agent.Start();
        Denied(agent, 3);
        Tool.Until(() => (long?)agent.Lines("agent", "status").Single()["guard_decisions"]?["stored"] == 1, "its status says so");
        JsonNode status = agent.Lines("agent", "status").Single()["guard_decisions"]!;
        Assert.Equal(
            (1, 0, 0, 0),
            ((int)status["captured"]!, (int)status["pending"]!, (int)status["dropped"]!["overwritten"]!,
                (int)status["dropped"]!["store"]!));
    }

    [Fact]
    public void A_policy_of_a_fleet_is_enforced_replaced_and_removed()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        using var scratch = new Scratch();
        string file = Path.Combine(scratch.File("policies"), "all", "dice.toml");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using RunningAgent agent = new RunningAgent(
            $"[fleet]\nid = \"a\"\nsource = \"dir:{scratch.File("policies")}\"\ngroups = [\"all\"]").Start();
        Assert.True(GuardMachine.IsLoaded("load", Random));
        File.WriteAllText(file, Rules);
        Tool.Until(() => !GuardMachine.IsLoaded("load", Random), "the policy is enforced");
        File.WriteAllText(file, Rules.Replace("deny", "alert", StringComparison.Ordinal));
        Tool.Until(() => GuardMachine.IsLoaded("load", Random), "the other one is enforced");
        agent.Await(one => (string?)one["decision"] == "alert", "history", "guard", "--policy", "dice");
        Assert.Contains("\"dice\"", SkepBinary.Run("guard", "show", "-j").Output, StringComparison.Ordinal);
        File.Delete(file);
        Tool.Until(
            () => !SkepBinary.Run("guard", "show", "-j").Output.Contains("\"dice\"", StringComparison.Ordinal), "it is not there any more");
    }

    private static void Deny(int times)
    {
        for (int i = 0; i < times; i++) Assert.False(GuardMachine.IsLoaded("load", Random));
    }

    // The time is the kernel's, since boot: when that was is measured by each who reads it.
    private static string Timeless(JsonNode decision)
    {
        decision.AsObject().Remove("time");
        return decision.ToJsonString();
    }

    private static JsonNode[] Denied(RunningAgent agent, int count)
    {
        JsonNode[] found = [];
        Tool.Until(
            () => (found = agent.Lines("history", "guard", "--decision", "deny", "--policy", "dice")).Length >= count, "it is stored");
        Assert.Equal(count, found.Length);
        return found;
    }
}
