using System.Globalization;
using Skep.Agent.Alerts.Rules;
using Skep.Agent.Explain;
using Skep.Guard.Decide;
using Skep.Guard.Model;
using Skep.Guard.Test;
using Skep.Inventory.Objects;
using Skep.Linux.Time;
using Skep.Watch.Events;
using TargetKernel = Skep.Inventory.Code.TargetKernel;

namespace Skep.Agent.Alerts.Raise;

/// <summary>Judges events by the rules of alerts, as <c>skep guard test</c> judges them by policies. Used by one thread.</summary>
/// <param name="kernel">The kernel of this machine.</param>
/// <param name="explainer">Finds what is in programs.</param>
/// <param name="known">Knows which programs are new.</param>
internal sealed class EventAlerts(TargetKernel kernel, LoadExplainer explainer, KnownPrograms known)
{
    private const int ShownHash = 12;

    private readonly EventSubject _subjects = new(functions: new KernelFunctions(kernel));

    /// <summary>The operations that rules have to see: an attach names its program by the id of its load.</summary>
    public static GuardOperations Wanted(IReadOnlyList<AlertRule> rules)
    {
        GuardOperations all = GuardOperations.None;
        foreach (AlertRule rule in rules) if (rule.Source == AlertSource.Events) all |= rule.Match.Operations;
        return all == GuardOperations.None ? all : all | GuardOperations.ProgLoad;
    }

    /// <summary>Takes a program that was loaded before the first event.</summary>
    public void Know(ProgramEntry program) => _subjects.Know(Saved(program));

    /// <summary>Judges an event.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="e">The event.</param>
    /// <param name="json">Its JSON.</param>
    /// <returns>What is reported of it; null for nothing.</returns>
    public RaisedAlert? Judge(IReadOnlyList<AlertRule> rules, BpfEvent e, byte[] json)
    {
        if (EventReader.Parse(json) is not { } saved) return null;
        ProgramDetails? program = e.Program;
        CodeDetails? code = e.Command == "prog_load" ? program?.Code : null;
        (IReadOnlyList<ProgramFinding>? findings, string? reason) = (null, null);
        if (saved.Prog is { } load && code is { IsWhole: true })
        {
            if (program!.Findings is null && rules.Any(AsksForFindings)) (findings, reason) = explainer.Explain(program, code);
            saved = saved with
            {
                Prog = load with
                {
                    Code = code.Instructions.ToArray(),
                    Findings = findings is null ? load.Findings : [.. findings.Select(finding => new SavedFinding(finding.Name))],
                },
            };
        }

        Subject subject = _subjects.Of(saved);
        if (Match(rules, subject, () => known.IsNew(saved.Prog?.Sha256 ?? code?.Sha256, program?.Tag, program?.Type, program?.Name,
            e.TimeNs)) is not { } match)
            return null;
        if (code is not null && findings is null && program!.Findings is null) (findings, reason) = explainer.Explain(program, code);
        return new(match.Rule, e.TimeNs, SubjectOf(e, code), TextOf(e))
        {
            Event = json,
            Findings = findings ?? program?.Findings,
            NotExplained = findings is null && program?.Findings is null ? reason ?? program?.NotExplained : null,
            Undecided = match.Missing,
        };
    }

    /// <summary>Judges a program that is there, whose load no event was seen of.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="program">The program.</param>
    /// <param name="isFirst">Whether no agent has looked at this machine before.</param>
    public RaisedAlert? Judge(IReadOnlyList<AlertRule> rules, ProgramEntry program, bool isFirst)
    {
        long now = Clocks.UnixNanoseconds();
        var saved = new SavedEvent { Syscall = "bpf", Cmd = "prog_load", Prog = Saved(program), Uid = program.Info.CreatedByUid };
        if (Match(rules, _subjects.Of(saved), () => known.IsNewThough(isFirst, program)) is not { } match) return null;
        string text = string.Create(CultureInfo.InvariantCulture,
            $"program {program.Name} (id {program.Info.Id}, {saved.Prog!.Type}, tag {program.Info.Tag}) is loaded; no agent saw its load");
        return new(match.Rule, now, $"{saved.Prog.Type} {program.Name} {program.Info.Tag}", text) { Undecided = match.Missing };
    }

    private static bool AsksForFindings(AlertRule rule) =>
        rule.Match.Conditions.Any(condition => condition.Kind == ConditionKind.Finding);

    // The first rule that matches, or may: what was not recorded is no proof that nothing happened.
    private static (AlertRule Rule, IReadOnlyList<ConditionKind> Missing)? Match(
        IReadOnlyList<AlertRule> rules, Subject subject, Func<bool> isNew)
    {
        bool? newness = null;
        foreach (AlertRule rule in rules)
        {
            if (rule.Source != AlertSource.Events) continue;
            var missing = new SortedSet<ConditionKind>();
            bool? matches = Outcomes.Matches(rule.Match, subject, missing);
            if (matches == false) continue;
            if (rule.IsNew is { } wanted)
            {
                if (subject.Operations != GuardOperations.ProgLoad || (newness ??= isNew()) != wanted) continue;
            }

            if (rule.Match.Action == GuardAction.Alert) return (rule, [.. missing]);
            // An exception counts where it is certain.
            if (matches == true) return null;
        }

        return null;
    }

    private static SavedProgram Saved(ProgramEntry program) => new()
    {
        Id = program.Info.Id, Type = Bpf.BpfProgramTypeNames.Name(program.Info.Type), Name = program.Info.Name, Tag = program.Info.Tag,
    };

    private static string SubjectOf(BpfEvent e, CodeDetails? code)
    {
        string caller = e.Process.Exe ?? e.Process.Comm;
        string what = (e.Program, e.Map) switch
        {
            ({ } program, _) => Words(program.Type, program.Name, Shown(code?.Sha256 ?? program.Tag)),
            (_, { } map) => Words(map.Type, map.Name),
            _ => "",
        };
        return $"{e.Command}{what}" + (caller.Length > 0 ? $" by {caller}" : "");
    }

    private static string TextOf(BpfEvent e)
    {
        string by = e.Process.Pid == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" by {e.Process.Comm}[{e.Process.Pid}]")
            + (e.Process.Exe is { } exe ? $" ({exe})" : "");
        string what = (e.Program, e.Map) switch
        {
            ({ } program, _) => " of" + Words(program.Type, "program", program.Name) + Id(program.Id),
            (_, { } map) => " of" + Words(map.Type, "map", map.Name) + Id(map.Id),
            _ => "",
        };
        return $"{e.Command}{what}{by}{(e.Failed ? ", which failed" : "")}";
    }

    private static string Words(params ReadOnlySpan<string?> words)
    {
        string text = "";
        foreach (string? word in words) if (!string.IsNullOrEmpty(word)) text += " " + word;
        return text;
    }

    private static string? Shown(string? hash) => hash is { Length: > ShownHash } ? hash[..ShownHash] : hash;

    private static string Id(uint? id) => id is { } number ? string.Create(CultureInfo.InvariantCulture, $" (id {number})") : "";
}
