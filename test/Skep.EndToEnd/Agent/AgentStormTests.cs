using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>An agent while programs are loaded without end, which all agents of the machine would see.</summary>
[Collection(AloneOnTheMachine.Name)]
public sealed class AgentStormTests
{
    [Fact]
    public void Events_are_stored_while_loads_do_not_end()
    {
        using RunningAgent agent = new RunningAgent().Start();
        using (new AttachedProgram("skep_agent_e", 7, isAttached: false))
            agent.Await(p => (string?)p["name"] == "skep_agent_e", "history", "programs");
        using Process storm = Tool.Start(CProgram.Path("storm.c", "-lpthread"), "2", "1000000");
        try
        {
            for (int turn = 1; turn <= 3; turn++)
            {
                JsonNode before = agent.Lines("agent", "status").Single()["events"]!;
                Tool.Until(
                    () => agent.Lines("agent", "status").Single()["events"] is { } now
                        && (long)now["captured"]! > (long)before["captured"]! && (long)now["stored"]! > (long)before["stored"]!,
                    $"turn {turn}: events come");
            }

            Assert.False(storm.HasExited);
        }
        finally
        {
            storm.Kill();
            storm.WaitForExit();
        }
    }
}
