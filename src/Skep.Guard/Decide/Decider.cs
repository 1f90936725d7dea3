using Skep.Guard.Model;

namespace Skep.Guard.Decide;

/// <summary>Judges operations by policies: what the programs of bpf/guard do in the kernel, on what is recorded.</summary>
/// <param name="policies">The policies, in order.</param>
public sealed class Decider(IReadOnlyList<Policy> policies)
{
    /// <summary>Judges an operation: the strictest of what the policies decide, by the first that decides it.</summary>
    public Decision Decide(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Operations == GuardOperations.None) return Decision.NotCovered;
        Decision? strictest = null;
        var missing = new SortedSet<ConditionKind>();
        foreach (Policy policy in policies)
        {
            Decision decision = Decide(policy, subject);
            missing.UnionWith(decision.Missing);
            if (strictest is null || Rank(decision) > Rank(strictest)) strictest = decision;
        }

        if (strictest is null) return new(GuardAction.Allow, null, 0, []);

        // A denial by one policy stands, whatever another would have done.
        return strictest.Action == GuardAction.Deny || missing.Count == 0 ? strictest with { Missing = [] }
            : new(null, strictest.Policy, strictest.RuleNumber, [.. missing]);
    }

    private static int Rank(Decision decision) => decision.Action is { } action ? 2 * (int)action : 3;

    private static Decision Decide(Policy policy, Subject subject)
    {
        var possible = new List<(GuardAction Action, int Rule)>();
        var missing = new SortedSet<ConditionKind>();
        for (int i = 0; i < policy.Rules.Count; i++)
        {
            PolicyRule rule = policy.Rules[i];
            bool? matches = Matches(rule, subject, missing);
            if (matches != false) possible.Add((rule.Action, i + 1));
            if (matches == true) break;
            if (i == policy.Rules.Count - 1) possible.Add((policy.Default, 0));
        }

        if (policy.Rules.Count == 0) possible.Add((policy.Default, 0));
        (GuardAction action, int number) = possible[0];
        return possible.TrueForAll(p => p.Action == action) && (possible.Count == 1 || action != GuardAction.Alert)
            ? new(action, policy, possible.Count == 1 ? number : possible[^1].Rule, [])
            : new(null, policy, number, [.. missing]);
    }

    /// <summary>Whether a rule matches; null when that depends on what was not recorded.</summary>
    private static bool? Matches(PolicyRule rule, Subject subject, SortedSet<ConditionKind> missing)
    {
        if ((rule.Operations & subject.Operations) == 0) return false;
        bool? all = true;
        var unknown = new List<ConditionKind>();
        foreach (Condition condition in rule.Conditions)
        {
            bool? holds = Holds(condition, subject);
            if (holds == false) return false;
            if (holds is not null) continue;
            all = null;
            unknown.Add(condition.Kind);
        }

        missing.UnionWith(unknown);
        return all;
    }

    /// <summary>Whether a condition holds; null when that depends on what was not recorded.</summary>
    internal static bool? Holds(Condition condition, Subject subject)
    {
        ConditionInfo info = ConditionInfo.Of(condition.Kind);
        if ((info.Operations & subject.Operations) == 0) return false;
        Fact fact = subject[condition.Kind];
        if (!fact.IsKnown) return null;
        return condition.Values.Any(value => IsMet(info, value, fact)) != condition.IsNegated;
    }

    private static bool IsMet(ConditionInfo info, ConditionValue value, Fact fact) => info.Form switch
    {
        ValueForm.Pattern when info.Kind == ConditionKind.Container => fact.Texts.Any(text => IsContainer(value.Text, text)),
        ValueForm.Pattern => fact.Texts.Any(text => TextPattern.Matches(value.Text, text)),
        ValueForm.Digest => fact.Texts.Contains(value.Text),
        ValueForm.CgroupPath => fact.Texts.Any(text => TextPattern.IsAtOrBelow(value.Text, text)),
        _ => fact.Numbers.Any(number => value.Low <= number && number <= value.High),
    };

    private static bool IsContainer(string pattern, string text) =>
        TextPattern.Matches(pattern, text) || (TextPattern.IsShortId(pattern) && text.StartsWith(pattern, StringComparison.Ordinal));
}
