using System.CommandLine;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter</c>.</summary>
internal static class FilterCommand
{
    public static Command Create() => new("filter", "Filters packets at XDP by rule files.")
    {
        FilterCheckCommand.Create(),
        FilterTestCommand.Create(),
        FilterImportCommand.Create(),
        FilterApplyCommand.Create(),
        FilterConfirmCommand.Create(),
        FilterRemoveCommand.Create(),
        FilterShowCommand.Create(),
        FilterStatsCommand.Create(),
        FilterListCommand.Create(),
        FilterSetCommand.Create(),
        FilterLogCommand.Create(),
    };
}
