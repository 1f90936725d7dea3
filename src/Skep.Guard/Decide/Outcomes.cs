using Skep.Guard.Model;

namespace Skep.Guard.Decide;

/// <summary>What one policy can decide of an operation, whatever was not recorded of it.</summary>
/// <param name="Mildest">The mildest action, and the rule that it is by, from 1; 0 for the default.</param>
/// <param name="Strictest">The strictest.</param>
/// <param name="Missing">What would have had to be recorded to tell them apart.</param>
internal sealed record Outcomes((GuardAction Action, int Rule) Mildest, (GuardAction Action, int Rule) Strictest,
    IReadOnlyList<ConditionKind> Missing)
{
    /// <summary>Goes through the rules of a policy.</summary>
    public static Outcomes Of(Policy policy, Subject subject)
    {
        var ends = new List<(GuardAction Action, int Rule)>();
        var missing = new SortedSet<ConditionKind>();

        // The rules on findings that raise what comes behind them: for certain, or perhaps. They never end the search.
        int certainAlert = 0, possibleAlert = 0;
        for (int i = 0; i < policy.Rules.Count; i++)
        {
            PolicyRule rule = policy.Rules[i];
            bool? matches = Matches(rule, subject, missing);
            if (matches == false) continue;
            if (rule.IsAfterLoad)
            {
                if (certainAlert == 0 && matches == true) certainAlert = i + 1;
                if (possibleAlert == 0) possibleAlert = i + 1;
                continue;
            }

            AddEnds(ends, rule.Action, i + 1, certainAlert, possibleAlert);
            if (matches == true) return Of(ends, missing);
        }

        AddEnds(ends, policy.Default, 0, certainAlert, possibleAlert);
        return Of(ends, missing);
    }

    private static Outcomes Of(List<(GuardAction Action, int Rule)> ends, SortedSet<ConditionKind> missing)
    {
        // Of several rules with one action, the last is the one that surely matches.
        GuardAction mildest = ends.Min(end => end.Action), strictest = ends.Max(end => end.Action);
        return new(ends.FindLast(end => end.Action == mildest), ends.FindLast(end => end.Action == strictest), [.. missing]);
    }

    private static void AddEnds(
        List<(GuardAction Action, int Rule)> ends, GuardAction action, int rule, int certainAlert, int possibleAlert)
    {
        if (action != GuardAction.Allow || certainAlert == 0) ends.Add((action, rule));
        if (action == GuardAction.Allow && possibleAlert != 0)
            ends.Add((GuardAction.Alert, certainAlert != 0 ? certainAlert : possibleAlert));
    }

    /// <summary>Whether a rule matches; null when that depends on what was not recorded.</summary>
    internal static bool? Matches(PolicyRule rule, Subject subject, SortedSet<ConditionKind> missing)
    {
        if ((rule.Operations & subject.Operations) == 0) return false;
        bool? all = true;
        var unknown = new List<ConditionKind>();
        foreach (Condition condition in rule.Conditions)
        {
            bool? holds = Decider.Holds(condition, subject);
            if (holds == false) return false;
            if (holds is not null) continue;
            all = null;
            unknown.Add(condition.Kind);
        }

        missing.UnionWith(unknown);
        return all;
    }
}
