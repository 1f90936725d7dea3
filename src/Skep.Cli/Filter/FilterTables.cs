using System.CommandLine;
using Skep.Cli.Common;
using Skep.Linux.Errors;

namespace Skep.Cli.Filter;

/// <summary>What the commands for applied tables have in common.</summary>
internal static class FilterTables
{
    /// <summary>Runs an action if the process has the permission for it.</summary>
    public static int Guarded(string what, Func<int> action) => ProcessCapabilities.Read().Has(Capability.SysAdmin)
        ? action()
        : Message.Error($"{what}: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
}
