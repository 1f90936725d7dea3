using System.Globalization;
using Skep.Bpf;
using Skep.Guard.Kernel;
using Skep.Guard.Model;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Cli.Ui;

/// <summary>What policies deny and report, as in <c>skep guard log</c>.</summary>
internal sealed class GuardPane() : ListPane<GuardDecision>(
    "guard", new(Columns, 0, one => one.Number.ToString(CultureInfo.InvariantCulture), Matches))
{
    private const ulong MostDecisions = 1000;

    private static readonly ListColumn<GuardDecision>[] Columns =
    [
        new("TIME", -15, Time, (a, b) => b.Number.CompareTo(a.Number)),
        new("DECISION", -8, one => one.Action.Name(), (a, b) => b.Action.CompareTo(a.Action)),
        new("CMD", -14, GuardDecisionText.NameOf, (a, b) => a.Command.CompareTo(b.Command)),
        new("TYPE", -14, Type, (a, b) => string.CompareOrdinal(Type(a), Type(b))),
        new("NAME", -16, one => SafeText.Escape(one.Name), (a, b) => string.CompareOrdinal(a.Name, b.Name)),
        new("COMM", -16, one => SafeText.Escape(one.Comm), (a, b) => string.CompareOrdinal(a.Comm, b.Comm)),
        new("PID", 7, one => one.Pid.ToString(CultureInfo.InvariantCulture), (a, b) => a.Pid.CompareTo(b.Pid)),
        new("REASON", -40, one => SafeText.Escape(one.Reason), (a, b) => string.CompareOrdinal(a.Reason, b.Reason)),
    ];

    private string _policies = "";

    /// <inheritdoc/>
    protected override IReadOnlyList<GuardDecision> Read()
    {
        AppliedGuard[] deciding = [.. AppliedGuard.ReadAll().Where(guard => guard.IsDeciding)];
        string[] names = [.. deciding.SelectMany(guard => guard.State?.ReadPolicies() ?? []).Select(policy => policy.Name).Distinct()];
        _policies = names.Length == 0 ? "no policy decides (skep guard apply)" : $"policies: {string.Join(", ", names)}";
        if (!GuardLog.Exists) return [];
        ulong recorded = GuardLog.ReadCounters().Recorded;
        using var log = new GuardLog();
        return log.Read(recorded > MostDecisions ? recorded - MostDecisions : 0);
    }

    /// <inheritdoc/>
    protected override string Summarize() => SafeText.Escape(_policies);

    /// <inheritdoc/>
    protected override string? LookOf(GuardDecision row) => row.Action == GuardAction.Deny ? Ansi.Bad : null;

    /// <inheritdoc/>
    protected override IReadOnlyList<PaneView> ViewsOf(GuardDecision row) =>
    [
        new PaneView.OfLines('v', "decision", $"decision {row.Number}", (_, _) => Lines(row)),
        new PaneView.OfCommand('i', "policies", "guard", "show"),
    ];

    private static IReadOnlyList<string> Lines(GuardDecision one)
    {
        var text = new StringWriter { NewLine = "" };
        GuardDecisionText.Write(text, one);
        (string Name, string? Value)[] fields =
        [
            ("executable", one.Exe), ("cgroup", one.Cgroup), ("unit", one.Unit), ("policy", one.Policy),
            ("rule", one.Rule > 0 ? one.Rule.ToString(CultureInfo.InvariantCulture) : null),
            ("line", one.Line?.ToString(CultureInfo.InvariantCulture)), ("message", one.Message), ("sha256", one.Sha256),
        ];
        return
        [
            text.ToString(), "",
            .. fields.Where(field => field.Value is not null).Select(field => $"{field.Name,-12}{SafeText.Escape(field.Value!)}"),
        ];
    }

    private static string Time(GuardDecision one) =>
        DateTime.UnixEpoch.AddTicks(one.TimeNs / 100).ToLocalTime().ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private static string Type(GuardDecision one) => one.ProgramType?.Name() ?? one.MapType?.Name() ?? "";

    private static bool Matches(GuardDecision one, string filter) =>
        Columns.Any(column => column.Cell(one).Contains(filter, StringComparison.OrdinalIgnoreCase));
}
