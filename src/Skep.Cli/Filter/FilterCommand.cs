using System.CommandLine;
using Skep.Cli.Help;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter</c>.</summary>
internal static class FilterCommand
{
    public static Command Create() => new SkepCommand("filter", "Filters packets at XDP by rule files.", new(
        "docs/filter.md",
        new("skep filter check edge.skep", "whether a rule file has an error"),
        new("skep filter apply edge.skep --confirm 60s", "attach its ruleset, for a minute unless it is confirmed"),
        new("skep filter stats edge --interval 1s", "packets by action and protocol, every second")))
    {
        FilterCheckCommand.Create(),
        FilterTestCommand.Create(),
        FilterDebugCommand.Create(),
        FilterImportCommand.Create(),
        FilterApplyCommand.Create(),
        FilterConfirmCommand.Create(),
        FilterRemoveCommand.Create(),
        FilterDiffCommand.Create(),
        FilterShowCommand.Create(),
        FilterStatsCommand.Create(),
        FilterListCommand.Create(),
        FilterRuleCommand.Create(),
        FilterSetCommand.Create(),
        FilterLogCommand.Create(),
    };
}
