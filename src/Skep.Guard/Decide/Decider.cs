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
        if (policies.Count == 0) return new(GuardAction.Allow, null, 0, []);
        List<(Policy Policy, Outcomes Outcomes)> all = [.. policies.Select(policy => (policy, Outcomes.Of(policy, subject)))];

        // What it is whatever was not recorded, and the strictest that it could be.
        GuardAction certain = all.Max(one => one.Outcomes.Mildest.Action), possible = all.Max(one => one.Outcomes.Strictest.Action);
        if (certain == possible)
        {
            (Policy policy, Outcomes outcomes) = all.Find(one => one.Outcomes.Mildest.Action == certain);
            return new(certain, policy, outcomes.Mildest.Rule, []);
        }

        (Policy strictest, Outcomes its) = all.Find(one => one.Outcomes.Strictest.Action == possible);
        IEnumerable<ConditionKind> missing =
            all.Where(one => one.Outcomes.Strictest.Action > certain).SelectMany(one => one.Outcomes.Missing);
        return new(null, strictest, its.Strictest.Rule, [.. missing.Distinct().Order()]);
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
