namespace Skep.Agent.Fleet.Model;

/// <summary>What an agent says of itself while it lives.</summary>
/// <param name="Id">The agent.</param>
/// <param name="Host">Its machine.</param>
/// <param name="Version">The version of skep.</param>
/// <param name="Started">When it began: RFC 3339, UTC.</param>
/// <param name="Groups">Its groups.</param>
public sealed record AgentAlive(string Id, string? Host, string Version, string Started, IReadOnlyList<string> Groups);

/// <summary>What an agent enforces.</summary>
/// <param name="Id">The agent.</param>
/// <param name="Time">When that changed: RFC 3339, UTC.</param>
/// <param name="Groups">Its groups, with the generations that it goes by.</param>
/// <param name="Policies">The policies that it enforces, or cannot.</param>
/// <param name="Errors">What is wrong besides.</param>
public sealed record AgentReport(
    string Id, string Time, IReadOnlyList<SeenGroup> Groups, IReadOnlyList<PolicyReport> Policies, IReadOnlyList<string> Errors)
{
    /// <summary>What it says of a policy.</summary>
    public PolicyReport? Find(string policy) => Policies.FirstOrDefault(one => one.Name == policy);
}

/// <summary>A group, and the generation that an agent goes by.</summary>
/// <param name="Group">The group.</param>
/// <param name="Generation">The generation; 0 for none yet.</param>
public sealed record SeenGroup(string Group, long Generation);

/// <summary>What an agent says of a policy.</summary>
/// <param name="Name">The policy.</param>
/// <param name="Version">The version that it enforces; 0 for none.</param>
/// <param name="Sha256">The hash of the manifest of that.</param>
/// <param name="State">One of <see cref="PolicyStates"/>.</param>
public sealed record PolicyReport(string Name, long Version, string Sha256, string State)
{
    /// <summary>The version that it could not apply, or that it returned from; 0 for none.</summary>
    public long FailedVersion { get; init; }

    /// <summary>Why.</summary>
    public string? Error { get; init; }

    /// <summary>What another than the agent changed of what it enforces.</summary>
    public string? Drift { get; init; }

    /// <summary>The wave that it is in, or was in last.</summary>
    public string? Wave { get; init; }

    /// <summary>For how many whole seconds the agent was well in the wave, when it judged last; 0 where it is in none.</summary>
    public long WellSeconds { get; init; }
}

/// <summary>States of a policy on an agent.</summary>
public static class PolicyStates
{
    /// <summary>The version is enforced.</summary>
    public const string Applied = "applied";

    /// <summary>The version is enforced for a time: the agent is in a wave.</summary>
    public const string Trial = "trial";

    /// <summary>The version of the wave is not enforced any more: the one before is.</summary>
    public const string Returned = "returned";

    /// <summary>The version that is wanted cannot be applied: the one before is enforced.</summary>
    public const string Failed = "failed";
}
