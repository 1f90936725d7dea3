namespace Skep.Guard.Model;

/// <summary>One value of a condition.</summary>
/// <param name="Text">As it is written; digests in lower case, paths without a slash at the end.</param>
/// <param name="Low">Of a number: the least. Of a name: its place. Of a flag: 0 or 1. Of a time: the first minute of the week.</param>
/// <param name="High">Of a number or a time: the greatest; otherwise <paramref name="Low"/>.</param>
public readonly record struct ConditionValue(string Text, ulong Low = 0, ulong High = 0);

/// <summary>What a rule demands: that any of the values holds, or that none of them does.</summary>
/// <param name="Kind">What is compared.</param>
/// <param name="IsNegated">Whether none may hold: <c>not_</c> in the policy.</param>
/// <param name="Values">With what.</param>
public sealed record Condition(ConditionKind Kind, bool IsNegated, IReadOnlyList<ConditionValue> Values)
{
    /// <summary>Its key in the policy.</summary>
    public string Key => (IsNegated ? "not_" : "") + ConditionInfo.Of(Kind).Key;
}
