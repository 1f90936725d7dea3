using Skep.Guard.Model;

namespace Skep.Agent.Alerts.Rules;

/// <summary>What a rule looks at.</summary>
internal enum AlertSource
{
    /// <summary>What BPF does: operations, as policies of guard have them.</summary>
    Events,

    /// <summary>What programs run, each time that the agent has sampled it.</summary>
    Usage,

    /// <summary>What rules of packet filters count, each time that the agent has read it.</summary>
    Filter,
}

/// <summary>How grave an alert is.</summary>
internal enum AlertSeverity
{
    /// <summary>To know.</summary>
    Info,

    /// <summary>To look at.</summary>
    Warning,

    /// <summary>To act on.</summary>
    Critical,
}

/// <summary>A value that a measurement is to be above.</summary>
/// <param name="Key">The key of the rule.</param>
/// <param name="Above">The value.</param>
internal readonly record struct AlertThreshold(string Key, double Above);

/// <summary>A rule of a file of alerts.</summary>
/// <param name="Name">What its alerts are named by, of all files once.</param>
/// <param name="Source">What it looks at.</param>
/// <param name="Match">Its action, operations and conditions; of <see cref="AlertSource.Filter"/> no conditions.</param>
internal sealed record AlertRule(string Name, AlertSource Source, PolicyRule Match)
{
    /// <summary>How grave it is.</summary>
    public AlertSeverity Severity { get; init; } = AlertSeverity.Warning;

    /// <summary>Whether the program has to be new, or not new; null for either.</summary>
    public bool? IsNew { get; init; }

    /// <summary>What is measured has to be above all of these.</summary>
    public IReadOnlyList<AlertThreshold> Thresholds { get; init; } = [];

    /// <summary>Of <see cref="AlertSource.Filter"/>: the tables; empty for all.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Of <see cref="AlertSource.Filter"/>: the ids of rules; empty for all.</summary>
    public IReadOnlyList<string> FilterRules { get; init; } = [];

    /// <summary>The targets that it is sent to; null for all.</summary>
    public IReadOnlyList<string>? To { get; init; }

    /// <summary>How long the same is not sent again.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(10);
}
