using System.Text;
using Skep.Agent.Fleet.Control;

namespace Skep.Agent.Tests.Fleet;

/// <summary>Agents that enforce in memory, and a real etcd.</summary>
public sealed class FleetEtcdTests(ITestOutputHelper output)
{
    private const string Key = "table edge";

    // 1000 in bench/fleet.sh.
    private static readonly int Many = int.Parse(Environment.GetEnvironmentVariable("SKEP_FLEET_AGENTS") ?? "50");

    [Fact]
    public async Task Many_agents_converge_on_a_push()
    {
        await using var scene = new FleetScene(Many);
        await scene.Start();
        long begun = Environment.TickCount64;
        await scene.Converges(await scene.Push(FleetScene.Rules(22)));
        output.WriteLine($"{Many} agents converged in {Environment.TickCount64 - begun} ms");
        begun = Environment.TickCount64;
        await scene.Converges(await scene.Push(FleetScene.Rules(23)));
        output.WriteLine($"{Many} agents converged again in {Environment.TickCount64 - begun} ms");
        Assert.All(scene.Agents, agent => Assert.Equal(2, agent.Enforcer.Changes));
    }

    [Fact]
    public async Task A_wave_that_is_not_well_stops_at_the_canaries_and_returns()
    {
        await using var scene = new FleetScene(10);
        await scene.Start();
        PolicyVersion one = await scene.Push(FleetScene.Rules(22));
        await scene.Converges(one);
        scene.Agents[1].Load = 9;
        var plan = new RolloutPlan([new(2, false), new(50, true)], "load < 5", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        var rollout = new Rollout(scene.View, scene.Changes, _ => { });
        RolloutResult result = await rollout.Run("web", await scene.Store(FleetScene.Rules(23)), plan, scene.Stop);
        Assert.Equal("agent agent0001: health: load < 5 does not hold: it is 9", result.Fault);
        await FleetScene.Until(
            () => Task.FromResult(scene.Agents.All(agent => agent.State.Find("edge")!.Trial is null)), "all have returned");
        Assert.Single(scene.Agents.Select(agent => agent.Enforcer.Sum(Key)).Distinct());
        Assert.All(scene.Agents.Skip(2), agent => Assert.Equal(1, agent.Enforcer.Changes));
        scene.Agents[1].Load = 1;
        PolicyVersion three = await scene.Store(FleetScene.Rules(24));
        Assert.Null((await rollout.Run("web", three, plan, scene.Stop)).Fault);
        await scene.Converges(three);
    }

    [Fact]
    public async Task An_etcd_that_is_killed_compacted_stopped_or_restored_changes_nothing_and_all_converge_then()
    {
        await using var scene = new FleetScene(10);
        await scene.Start();
        await scene.Converges(await scene.Push(FleetScene.Rules(22)));
        string snapshot = scene.Etcd.Save();
        PolicyVersion two = await scene.Push(FleetScene.Rules(23));
        await scene.Converges(two);
        int[] before = [.. scene.Agents.Select(agent => agent.Enforcer.Changes)];
        void NothingChanged() => Assert.Equal(before, scene.Agents.Select(agent => agent.Enforcer.Changes));

        scene.Etcd.Kill();
        await Task.Delay(2000, TestContext.Current.CancellationToken);
        NothingChanged();
        scene.Etcd.Start();
        await FleetScene.Until(() => Task.FromResult(scene.Agents.All(agent => agent.IsReached)), "etcd is reached again");
        NothingChanged();

        string revision = System.Text.Json.Nodes.JsonNode.Parse(scene.Etcd.Control("endpoint", "status", "-w", "json").Output)![0]!
            ["Status"]!["header"]!["revision"]!.ToString();
        scene.Etcd.Control("compact", revision).Succeeds();
        scene.Etcd.Pause(pauses: true);
        await Task.Delay(2000, TestContext.Current.CancellationToken);
        scene.Etcd.Pause(pauses: false);
        await scene.Converges(two);
        NothingChanged();

        // What the snapshot has is older than what agents have seen.
        scene.Etcd.Restore(snapshot);
        await FleetScene.Until(
            async () => (await scene.View.Agents(scene.Stop)).All(one =>
                one.Report?.Errors is [var error] && error.Contains("which is before", StringComparison.Ordinal)), "all say so");
        NothingChanged();
        await scene.Converges(await scene.Push(FleetScene.Rules(24)));
        await FleetScene.Until(
            async () => (await scene.View.Agents(scene.Stop)).All(one => one is { Alive: not null, Report.Errors.Count: 0 }),
            "all are well");
    }

    [Fact]
    public async Task A_lease_that_is_lost_changes_nothing_and_is_renewed()
    {
        await using var scene = new FleetScene(1);
        await scene.Start();
        await scene.Converges(await scene.Push(FleetScene.Rules(22)));
        scene.Etcd.Control("del", "/skep/v1/agents/agent0000/alive").Succeeds();
        await FleetScene.Until(
            async () => (await scene.View.Agents(scene.Stop)).All(one => one.Alive is not null), "the key is there again");
        Assert.Equal(1, scene.Agents[0].Enforcer.Changes);
    }

    [Fact]
    public async Task A_feed_of_which_little_changes_moves_little()
    {
        const string Set = "    set s { type ipv4_addr; file \"feed.txt\" }\n    ip saddr @s drop\n";
        int elements = int.Parse(Environment.GetEnvironmentVariable("SKEP_FLEET_ELEMENTS") ?? "100000");
        string[] lines = [.. Enumerable.Range(0, elements).Select(i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}")];
        await using var scene = new FleetScene(2);
        await scene.Start();
        await scene.Converges(await scene.Push(FleetScene.Rules(22, Set), Feed(lines)));
        for (int i = 0; i < 100; i++) lines[i * (elements / 100)] = $"192.0.2.{i}";
        PolicyVersion two = await scene.Store(FleetScene.Rules(22, Set), Feed(lines));
        long[] before = [.. scene.Agents.Select(agent => agent.Received)];
        await scene.Changes.Set("web", "edge", _ => two.Target, scene.Stop);
        await scene.Converges(two);
        long[] moved = [.. scene.Agents.Select((agent, i) => agent.Received - before[i])];
        output.WriteLine($"{elements} elements, 100 changed: {string.Join(", ", moved)} bytes to each agent");
        Assert.All(moved, bytes => Assert.InRange(bytes, 1, 100_000));
    }

    private static Skep.Agent.Fleet.Check.PolicyContent Feed(string[] lines) =>
        new("feed.txt", Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
}
