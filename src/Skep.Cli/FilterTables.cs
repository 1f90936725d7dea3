using System.CommandLine;
using Skep.Bpf;
using Skep.Filter.Load;
using Skep.Watch.Output;

namespace Skep.Cli;

/// <summary>What the commands for applied tables have in common.</summary>
internal static class FilterTables
{
    public static void Say(string text) => Talk.Say(SafeText.EscapeLines(text));

    /// <summary>An action that asks for the permission first.</summary>
    public static Func<ParseResult, int> Guarded(string what, Func<ParseResult, int> action) => parsed =>
        ProcessCapabilities.Read().Has(Capability.SysAdmin)
            ? action(parsed)
            : Talk.Error($"{what}: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);

    public static int NotApplied(string table) =>
        Talk.Error($"finding table {table}: it filters no device (skep filter list shows those that do)", ExitCode.Failed);

    /// <summary>The applied tables as names; the one that is meant when none is given.</summary>
    /// <returns>Null when there is no single one, which is said.</returns>
    public static string? TheOne(string? name, out int code)
    {
        code = ExitCode.Done;
        if (name is not null) return name;
        IReadOnlyList<string> tables = AppliedTable.List();
        if (tables.Count == 1) return tables[0];
        code = tables.Count == 0
            ? Talk.Error("no table is applied (skep filter apply FILE applies one)", ExitCode.Failed)
            : Talk.Error($"several tables are applied: {string.Join(", ", tables)} (name one)", ExitCode.Usage);
        return null;
    }
}
