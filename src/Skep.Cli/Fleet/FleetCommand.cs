using System.CommandLine;
using Skep.Cli.Help;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet</c>.</summary>
internal static class FleetCommand
{
    /// <summary>The page that describes it.</summary>
    public const string Page = "docs/fleet.md";

    public static Command Create() => new SkepCommand("fleet", "Brings policies to the agents of many machines, by etcd.", new(
        Page,
        new("skep fleet push edge.skep --group web", "all agents of group web enforce it"),
        new("skep fleet push edge.skep --group web --canary 1,10% --soak 60s", "one agent first, then every tenth, then all"),
        new("skep fleet status", "what groups are to enforce, and what agents do")))
    {
        FleetPushCommand.Create(),
        FleetStatusCommand.Create(),
        FleetAgentsCommand.Create(),
        FleetHistoryCommand.Create(),
        FleetDiffCommand.Create(),
        FleetRollbackCommand.Create(),
        FleetRemoveCommand.Create(),
        FleetPruneCommand.Create(),
        FleetWatchCommand.Create(),
    };
}
