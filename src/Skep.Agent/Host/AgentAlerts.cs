using Skep.Agent.Alerts.Raise;
using Skep.Agent.Alerts.Rules;
using Skep.Agent.Alerts.Send;
using Skep.Agent.Config;
using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Linux.Time;

namespace Skep.Agent.Host;

/// <summary>The alerts of a configuration: the rules of its files, and where they are sent to.</summary>
public sealed class AgentAlerts
{
    private AgentAlerts(AlertSet set) => Set = set;

    /// <summary>None.</summary>
    public static AgentAlerts None { get; } = new(AlertSet.None);

    /// <summary>How many rules there are.</summary>
    public int Rules => Set.Rules.Count;

    /// <summary>The names of the targets.</summary>
    public IReadOnlyList<string> Targets => [.. Set.Targets.Select(target => target.Name)];

    internal AlertSet Set { get; }

    /// <summary>Reads the files of a configuration's directory of alerts.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="diagnostics">Takes what is wrong with them.</param>
    /// <returns>Null when one has an error.</returns>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="InvalidDataException">Others than root may have written one.</exception>
    public static AgentAlerts? Read(AgentConfig config, out IReadOnlyList<Diagnostic> diagnostics)
    {
        ArgumentNullException.ThrowIfNull(config);
        return AlertSet.Read(
            config.Fleet.Source is null ? [config.AlertsDirectory] : [config.AlertsDirectory, config.FleetAlertsDirectory],
            out diagnostics) is { } set ? new(set) : null;
    }

    /// <summary>Sends an alert that says that it is a test.</summary>
    /// <param name="target">The name of the target.</param>
    /// <param name="host">The machine's name.</param>
    /// <returns>Why the target did not take it; null when it did.</returns>
    public string? SendTest(string target, string? host)
    {
        var rule = new AlertRule("test", AlertSource.Events, new(GuardAction.Alert, GuardOperations.None, [], null, 0))
        {
            Severity = AlertSeverity.Info,
        };
        var alert = new RaisedAlert(rule, Clocks.UnixNanoseconds(), "test", "a test of skep agent test-alert: nothing has happened")
        {
            Host = host,
        };
        using IAlertSender sender = AlertTargets.SenderOf(Set.Targets.Single(one => one.Name == target));
        return sender.Send(alert.ToJson(), CancellationToken.None).Fault;
    }
}
