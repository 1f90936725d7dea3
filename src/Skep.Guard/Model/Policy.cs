namespace Skep.Guard.Model;

/// <summary>One rule of a policy: the first whose conditions all hold decides.</summary>
/// <param name="Action">What it decides.</param>
/// <param name="Operations">What it is on.</param>
/// <param name="Conditions">All must hold; none holds always.</param>
/// <param name="Message">What a decision by it says; null for none.</param>
/// <param name="Line">Where it begins in the file, from 1.</param>
public sealed record PolicyRule(
    GuardAction Action, GuardOperations Operations, IReadOnlyList<Condition> Conditions, string? Message, int Line)
{
    /// <summary>
    /// Whether it is judged after the load, outside of the kernel: then it only alerts, and the search goes on behind it.
    /// </summary>
    public bool IsAfterLoad => Conditions.Any(condition => condition.Kind == ConditionKind.Finding);
}

/// <summary>A policy.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">What is decided where no rule matches.</param>
/// <param name="Fail">What is decided where something cannot be judged.</param>
/// <param name="Rules">The rules, in order.</param>
public sealed record Policy(string Name, GuardAction Default, FailMode Fail, IReadOnlyList<PolicyRule> Rules)
{
    /// <summary>Objects that nobody but skep may change.</summary>
    public Protection Protected { get; init; } = Protection.None;
}

/// <summary>Objects that nobody but skep may change: the <c>[protect]</c> of a policy.</summary>
public sealed record Protection
{
    /// <summary>Nothing.</summary>
    public static Protection None { get; } = new();

    /// <summary>Names of maps, or paths of pins.</summary>
    public IReadOnlyList<string> Maps { get; init; } = [];

    /// <summary>Names of programs, or paths of pins; their links are protected with them.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    /// <summary>Paths of pins of links.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>Paths of pins, or of directories of them, that may not be removed.</summary>
    public IReadOnlyList<string> Pins { get; init; } = [];

    /// <summary>Whether the tables of <c>skep filter</c> are protected.</summary>
    public bool HasFilter { get; init; }
}
