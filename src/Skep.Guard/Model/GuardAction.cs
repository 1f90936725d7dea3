namespace Skep.Guard.Model;

/// <summary>What becomes of an operation, from the mildest on.</summary>
public enum GuardAction : byte
{
    /// <summary>It is done.</summary>
    Allow,

    /// <summary>It is done and recorded.</summary>
    Alert,

    /// <summary>It fails with EPERM and is recorded.</summary>
    Deny,
}

/// <summary>What becomes of an operation that cannot be judged.</summary>
public enum FailMode : byte
{
    /// <summary>It is done, and recorded.</summary>
    Open,

    /// <summary>It fails with EPERM, and is recorded.</summary>
    Closed,
}

/// <summary>The words of policies for actions and fail modes.</summary>
public static class ActionNames
{
    /// <summary>The names of actions, by <see cref="GuardAction"/>.</summary>
    public static IReadOnlyList<string> Actions { get; } = ["allow", "alert", "deny"];

    /// <summary>The names of fail modes, by <see cref="FailMode"/>.</summary>
    public static IReadOnlyList<string> FailModes { get; } = ["open", "closed"];

    /// <summary>The name of an action.</summary>
    public static string Name(this GuardAction action) => Actions[(int)action];

    /// <summary>The name of a fail mode.</summary>
    public static string Name(this FailMode mode) => FailModes[(int)mode];
}
