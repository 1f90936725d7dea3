using Skep.Agent.Config;
using Skep.Agent.Host;
using Skep.Cli.Filter;
using Skep.Filter.Syntax;

namespace Skep.Cli.Agent;

/// <summary>Reads the files of alerts of a configuration, and prints their errors.</summary>
internal static class AlertFiles
{
    /// <summary>Reads them.</summary>
    /// <returns>Null when one has an error.</returns>
    public static AgentAlerts? TryRead(AgentConfig config)
    {
        AgentAlerts? alerts = AgentAlerts.Read(config, out IReadOnlyList<Diagnostic> diagnostics);
        FilterFile.Print(diagnostics);
        return alerts;
    }
}
