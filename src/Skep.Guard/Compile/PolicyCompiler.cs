using System.Text;
using Skep.Guard.Decide;
using Skep.Guard.Model;

namespace Skep.Guard.Compile;

/// <summary>Makes the tables of the kernel side.</summary>
public sealed class PolicyCompiler
{
    /// <summary>The most rules of all policies together.</summary>
    public const int MostRules = 4096;

    /// <summary>The most policies.</summary>
    public const int MostPolicies = 1024;

    private const int ContainerIdLength = 64;

    // Kinds whose facts can be several, or are compared with patterns: a row of what is demanded, one of what is forbidden.
    private static readonly ConditionKind[] Several =
    [
        ConditionKind.AttachFunction, ConditionKind.Helper, ConditionKind.Kfunc, ConditionKind.ProgName, ConditionKind.Sha256,
        ConditionKind.Tag, ConditionKind.Capability, ConditionKind.Exe, ConditionKind.Cgroup, ConditionKind.Unit, ConditionKind.Container,
        ConditionKind.Pod,
    ];

    private readonly IGuardNames _names;
    private readonly List<PolicyRule> _rules = [];
    private readonly RowSet _rows;
    private readonly List<NumberEntry> _numbers = [];
    private readonly List<TextEntry> _texts = [];
    private readonly List<PatternEntry> _patterns = [];
    private readonly List<RangeEntry> _ranges = [];
    // The steps of hold_range in bpf/guard/match.h halve them.
    private const int MostRanges = 1 << 16;

    private readonly List<string> _notices = [];

    private PolicyCompiler(IReadOnlyList<Policy> policies, IGuardNames names)
    {
        _names = names;
        foreach (Policy policy in policies) _rules.AddRange(policy.Rules);
        _rows = new RowSet(Math.Max(1, (_rules.Count + 63) / 64));
    }

    /// <summary>Compiles policies.</summary>
    /// <param name="policies">The policies, in order.</param>
    /// <param name="names">What names stand for on this machine.</param>
    /// <exception cref="NotSupportedException">They are more than the kernel side takes, or ask for what it does not know.</exception>
    public static GuardTables Compile(IReadOnlyList<Policy> policies, IGuardNames names)
    {
        ArgumentNullException.ThrowIfNull(policies);
        return new PolicyCompiler(policies, names).Compile(policies);
    }

    private GuardTables Compile(IReadOnlyList<Policy> policies)
    {
        if (policies.Count > MostPolicies)
            throw new NotSupportedException($"{policies.Count} policies are more than the {MostPolicies} that the kernel side takes");
        if (_rules.Count > MostRules)
        {
            throw new NotSupportedException(
                $"{_rules.Count} rules are more than the {MostRules} that the kernel side takes (several values of one key make one rule)");
        }

        foreach (PolicyRule rule in _rules) CheckKnown(rule);
        uint wanted = 0;
        var defaults = new int[ConditionInfo.All.Count];
        var unknown = new int[defaults.Length];
        foreach (ConditionInfo info in ConditionInfo.All)
        {
            if (!_rules.Exists(rule => rule.Conditions.Any(c => c.Kind == info.Kind))) continue;
            wanted |= 1u << (int)info.Kind;
            unknown[(int)info.Kind] = _rows.Add(RowOf(rule => rule.Action == GuardAction.Deny || !rule.Conditions.Any(c =>
                c.Kind == info.Kind)));
            defaults[(int)info.Kind] = Several.Contains(info.Kind) ? AddSeveral(info)
                : info.Form is ValueForm.Range or ValueForm.Time ? AddRanges(info)
                : AddNumbers(info);
        }

        CheckSizes();
        return new GuardTables
        {
            Policies = policies,
            Rules = _rules,
            Words = Math.Max(1, (_rules.Count + 63) / 64),
            Wanted = wanted,
            Guarded = Guarded(policies),
            OperationRows = [.. Enumerable.Range(0, OperationNames.Names.Count).Select(bit => _rows.Add(RowOf(rule => IsOn(rule,
                (GuardOperations)(1 << bit)))))],
            DefaultRows = defaults,
            UnknownRows = unknown,
            Rows = _rows.Rows,
            Numbers = _numbers,
            Texts = _texts,
            Patterns = [.. _patterns.OrderBy(p => p.Kind)],
            Ranges = [.. _ranges.OrderBy(r => r.Kind).ThenBy(r => r.Low)],
            Notices = _notices,
        };
    }

    // What the kernel side would leave out.
    private void CheckSizes()
    {
        foreach (IGrouping<ConditionKind, PatternEntry> kind in _patterns.GroupBy(pattern => pattern.Kind))
        {
            if (kind.Count() > GuardLayout.GuardPatterns)
            {
                throw new NotSupportedException(
                    $"{ConditionInfo.Of(kind.Key).Key}: {kind.Count()} patterns with *, one for each file system that one is on; the "
                    + $"kernel side takes {GuardLayout.GuardPatterns} (name files, or use fewer patterns)");
            }
        }

        foreach (IGrouping<ConditionKind, RangeEntry> kind in _ranges.GroupBy(range => range.Kind))
        {
            if (kind.Count() > MostRanges)
            {
                throw new NotSupportedException(
                    $"{ConditionInfo.Of(kind.Key).Key}: {kind.Count()} ranges; the kernel side takes {MostRanges} (use fewer)");
            }
        }

        foreach ((ConditionKind kind, int length) in _texts.Select(text => (text.Kind, text.Text.Length))
            .Concat(_patterns.Select(pattern => (pattern.Kind, pattern.Prefix.Length + pattern.Suffix.Length))))
        {
            if (length >= GuardLayout.GuardTextLen)
            {
                throw new NotSupportedException(
                    $"{ConditionInfo.Of(kind).Key}: a text of {length} bytes; the kernel side takes {GuardLayout.GuardTextLen - 1} "
                    + "(use a pattern with *)");
            }
        }
    }

    // A rule on findings decides nothing before a load.
    private static bool IsOn(PolicyRule rule, GuardOperations operation) =>
        (rule.Operations & operation) != 0
        && rule.Conditions.All(c => c.Kind != ConditionKind.Finding && (ConditionInfo.Of(c.Kind).Operations & operation) != 0);

    private static GuardOperations Guarded(IReadOnlyList<Policy> policies)
    {
        GuardOperations guarded = GuardOperations.None;
        foreach (Policy policy in policies)
        {
            if (policy.Default != GuardAction.Allow) return GuardOperations.All;
            foreach (PolicyRule rule in policy.Rules)
                if (rule.Action != GuardAction.Allow) guarded |= rule.Operations;
        }

        return guarded;
    }

    private void CheckKnown(PolicyRule rule)
    {
        foreach (Condition condition in rule.Conditions)
        {
            string place = $"the rule of line {rule.Line}: {condition.Key}";
            if (condition.Kind == ConditionKind.ExeSha256)
            {
                throw new NotSupportedException(
                    $"{place} is compared by skep guard test only; the kernel keeps no hash of an executable (use exe)");
            }

            if (condition.Kind == ConditionKind.Tag && (rule.Operations & GuardOperations.ProgLoad) != 0 && !_names.TagsAreSha256)
            {
                throw new NotSupportedException(
                    $"{place} is known only after a load before Linux 6.18 (use sha256, or leave out prog_load)");
            }

            if (condition.Kind is ConditionKind.Container or ConditionKind.Pod
                && condition.Values.FirstOrDefault(value => !IsId(condition.Kind, value.Text)) is { Text: { } name })
            {
                throw new NotSupportedException(condition.Kind == ConditionKind.Container
                    ? $"{place} {name} is a name, and the kernel knows ids of containers (give 12 digits of it or more)"
                    : $"{place} {name} is a name, and the kernel knows UIDs of pods "
                        + $"(kubectl get pod {name} -o jsonpath='{{.metadata.uid}}')");
            }
        }
    }

    private static bool IsId(ConditionKind kind, string text) =>
        text.Contains('*', StringComparison.Ordinal)
        || (kind == ConditionKind.Container ? TextPattern.IsShortId(text) : Guid.TryParseExact(text, "D", out _));

    private ulong[] RowOf(Func<PolicyRule, bool> holds) => _rows.Of(_rules.Count, i => holds(_rules[i]));

    // The rules for which all conditions of a kind hold, as a value is what is meant by a predicate, or none of them.
    private ulong[] RowWhere(ConditionKind kind, Func<ConditionValue, bool> isMet) =>
        RowOf(rule => rule.Conditions.All(c => c.Kind != kind || c.Values.Any(isMet) != c.IsNegated));

    private int AddNumbers(ConditionInfo info)
    {
        foreach (ulong number in Values(info.Kind).Select(value => value.Low).Distinct())
            _numbers.Add(new(info.Kind, number, _rows.Add(RowWhere(info.Kind, value => value.Low == number))));
        return _rows.Add(RowWhere(info.Kind, _ => false));
    }

    private int AddRanges(ConditionInfo info)
    {
        var starts = new SortedSet<ulong> { 0 };
        foreach (ConditionValue value in Values(info.Kind))
        {
            starts.Add(value.Low);
            if (value.High < uint.MaxValue) starts.Add(value.High + 1);
        }

        foreach (ulong start in starts)
            _ranges.Add(new(info.Kind, (uint)start, _rows.Add(RowWhere(info.Kind, value => value.Low <= start && start <= value.High))));
        return _rows.Add(RowWhere(info.Kind, _ => false));
    }

    // Two values can stand for one thing: /bin/sh and /usr/bin/dash.
    private int AddSeveral(ConditionInfo info)
    {
        var targets = new Dictionary<Target, (ulong[] Demanded, ulong[] Forbidden)>();
        foreach (string text in Values(info.Kind).Select(value => value.Text).Distinct())
        {
            ulong[] demanded = RowOf(rule => Names(rule, info.Kind, text, negated: false));
            ulong[] forbidden = RowOf(rule => Names(rule, info.Kind, text, negated: true));
            foreach (Target target in TargetsOf(info, text))
                targets[target] = targets.TryGetValue(target, out (ulong[] Demanded, ulong[] Forbidden) before)
                    ? (Or(before.Demanded, demanded), Or(before.Forbidden, forbidden))
                    : (demanded, forbidden);
        }

        foreach ((Target target, (ulong[] demanded, ulong[] forbidden)) in targets) Add(info.Kind, target, _rows.AddPair(demanded,
            forbidden));
        return _rows.Add(RowOf(rule => !IsOfAll(rule, info.Kind, negated: true)
            && (!rule.Conditions.Any(c => c.Kind == info.Kind && !c.IsNegated) || IsOfAll(rule, info.Kind, negated: false))));
    }

    private static ulong[] Or(ulong[] left, ulong[] right) => [.. left.Zip(right, (a, b) => a | b)];

    private static bool Names(PolicyRule rule, ConditionKind kind, string text, bool negated) =>
        rule.Conditions.Any(c => c.Kind == kind && c.IsNegated == negated && c.Values.Any(value => value.Text == text));

    // Every process is in the cgroup / or below it.
    private static bool IsOfAll(PolicyRule rule, ConditionKind kind, bool negated) =>
        kind == ConditionKind.Cgroup && Names(rule, kind, "/", negated);

    private IEnumerable<Target> TargetsOf(ConditionInfo info, string text)
    {
        switch (info.Kind)
        {
            case ConditionKind.Helper or ConditionKind.Capability: return [new((ulong)info.Names.ToList().IndexOf(text))];
            case ConditionKind.Kfunc: return OfIds(info, text, _names.Kfunc(text));
            case ConditionKind.AttachFunction: return OfIds(info, text, _names.AttachFunction(text));
            case ConditionKind.Sha256 or ConditionKind.Tag: return [new(0, 0, text, null)];
            case ConditionKind.Exe: return OfFiles(text);
            case ConditionKind.Container when TextPattern.IsShortId(text) && text.Length < ContainerIdLength: return [new(0, 0, text, "")];
            default:
                (string prefix, string? suffix) = TextPattern.Split(text);
                return [new(0, 0, prefix, suffix)];
        }
    }

    private IEnumerable<Target> OfIds(ConditionInfo info, string name, IReadOnlyList<ulong> ids)
    {
        if (ids.Count == 0) _notices.Add($"{info.Key} {name}: this kernel has no such function");
        return ids.Select(id => new Target(id));
    }

    private IEnumerable<Target> OfFiles(string pattern)
    {
        IReadOnlyList<FilePattern> files = _names.Executables(pattern);
        if (files.Count == 0) _notices.Add($"exe {pattern}: there is no such directory");
        return files.Select(file => new Target(0, file.Device, file.Prefix, file.Suffix));
    }

    private void Add(ConditionKind kind, Target target, int row)
    {
        if (target.Prefix is not { } prefix) _numbers.Add(new(kind, target.Number, row));
        else if (kind is ConditionKind.Sha256 or ConditionKind.Tag) _texts.Add(new(kind, 0, Convert.FromHexString(prefix), row));
        else if (target.Suffix is { } suffix)
            _patterns.Add(new(kind, target.Device, Encoding.UTF8.GetBytes(prefix), Encoding.UTF8.GetBytes(suffix), row));
        else _texts.Add(new(kind, target.Device, Encoding.UTF8.GetBytes(prefix), row));
    }

    // What a value stands for: a number, or a text of a device, of which the suffix is null when it has no *.
    private readonly record struct Target(ulong Number, uint Device = 0, string? Prefix = null, string? Suffix = null);

    private IEnumerable<ConditionValue> Values(ConditionKind kind) =>
        _rules.SelectMany(rule => rule.Conditions).Where(c => c.Kind == kind).SelectMany(c => c.Values);
}
