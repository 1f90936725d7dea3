using Skep.Guard.Model;

namespace Skep.Guard.Decide;

/// <summary>What is decided of an operation.</summary>
/// <param name="Action">What becomes of it; null when it depends on what was not recorded, or is not guarded.</param>
/// <param name="Policy">The policy that decides it; null when there is none.</param>
/// <param name="RuleNumber">Its rule, from 1; 0 for its default.</param>
/// <param name="Missing">What would have had to be recorded.</param>
public sealed record Decision(GuardAction? Action, Policy? Policy, int RuleNumber, IReadOnlyList<ConditionKind> Missing)
{
    /// <summary>Of an operation that guard does not judge.</summary>
    public static Decision NotCovered { get; } = new(null, null, 0, []);

    /// <summary>The rule that decides; null for a default.</summary>
    public PolicyRule? Rule => RuleNumber == 0 ? null : Policy?.Rules[RuleNumber - 1];

    /// <summary>The word for it: an action, <c>undecided</c>, or <c>not-covered</c>.</summary>
    public string Word => Action is { } action ? action.Name() : Policy is null ? "not-covered" : "undecided";
}
