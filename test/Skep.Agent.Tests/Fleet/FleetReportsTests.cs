using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Model;

namespace Skep.Agent.Tests.Fleet;

/// <summary>What agents write into a real etcd, where one of them is not to be believed.</summary>
public sealed class FleetReportsTests
{
    [Theory]
    [InlineData("applied", "{")]
    [InlineData("applied", """{"id":"b","time":"","groups":[null],"policies":[],"errors":[]}""")]
    [InlineData("applied", """{"id":"b","time":"","groups":[],"policies":[null],"errors":[]}""")]
    [InlineData("alive", """{"id":"b","groups":[null]}""")]
    public async Task What_cannot_be_read_is_the_fault_of_its_agent_alone(string key, string value)
    {
        await using var scene = new FleetScene(1);
        await scene.Start();
        scene.Etcd.Control("put", $"/skep/v1/agents/bad/{key}", value).Succeeds();
        await scene.Push(FleetScene.Rules(22));
        IReadOnlyList<FleetAgentEntry> agents = await scene.View.Agents(scene.Stop);
        Assert.Equal(["agent0000", "bad"], agents.Select(one => one.Id));
        Assert.Null(agents[0].Fault);
        Assert.StartsWith($"reading /skep/v1/agents/bad/{key}: ", agents[1].Fault, StringComparison.Ordinal);
        Assert.StartsWith($"agent bad: reading /skep/v1/agents/bad/{key}: ", Assert.Single(scene.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_generation_that_no_agent_can_have_seen_does_not_count()
    {
        await using var scene = new FleetScene(0);
        PolicyVersion version = await scene.Push(FleetScene.Rules(22));
        foreach ((long seen, long next) in ((long, long)[])[(long.MaxValue, 2), (long.MinValue, 3), (1000, 1001)])
        {
            byte[] report = FleetJson.Write(new AgentReport("bad", "", [new("web", seen)], [], []));
            scene.Etcd.Control("put", "/skep/v1/agents/bad/applied", System.Text.Encoding.UTF8.GetString(report)).Succeeds();
            GroupState state = await scene.Changes.Set("web", "edge", _ => version.Target, scene.Stop);
            Assert.Equal(next, state.Generation);
        }

        Assert.Equal(
            [$"agent bad: it says that it has seen generation {long.MaxValue} of group web, which has 1: that does not count"],
            scene.Messages);
    }
}
