using System.CommandLine;
using Skep.Cli.Common;
using Skep.Linux.Errors;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary>What the commands for applied tables have in common.</summary>
internal static class FilterTables
{
    public static void Say(string text) => Talk.Say(SafeText.EscapeLines(text));

    /// <summary>An action that asks for the permission first.</summary>
    public static Func<ParseResult, int> Guarded(string what, Func<ParseResult, int> action) => parsed =>
        ProcessCapabilities.Read().Has(Capability.SysAdmin)
            ? action(parsed)
            : Talk.Error($"{what}: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
}
