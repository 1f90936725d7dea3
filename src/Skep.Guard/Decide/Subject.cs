using Skep.Guard.Model;

namespace Skep.Guard.Decide;

/// <summary>An operation to be judged: what it is, and what is known of it.</summary>
/// <param name="Operations">What it is.</param>
public sealed record Subject(GuardOperations Operations)
{
    private readonly Fact?[] _facts = new Fact?[ConditionInfo.All.Count];

    /// <summary>What is known of a kind; unknown where nothing was said.</summary>
    public Fact this[ConditionKind kind]
    {
        get => _facts[(int)kind] ?? Fact.Unknown;
        init => _facts[(int)kind] = value;
    }

    internal void Set(ConditionKind kind, Fact fact) => _facts[(int)kind] = fact;
}
