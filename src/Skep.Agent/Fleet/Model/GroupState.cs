namespace Skep.Agent.Fleet.Model;

/// <summary>What the agents of a group are to enforce.</summary>
/// <param name="Group">The group.</param>
/// <param name="Generation">Greater with each change: an agent goes back to no smaller one.</param>
/// <param name="Time">When it was changed: RFC 3339, UTC.</param>
/// <param name="Policies">The policies, each once.</param>
public sealed record GroupState(string Group, long Generation, string Time, IReadOnlyList<PolicyTarget> Policies)
{
    /// <summary>A policy of it; null when it has none of that name.</summary>
    public PolicyTarget? Find(string policy) => Policies.FirstOrDefault(one => one.Name == policy);

    /// <summary>The next state, with another target of a policy.</summary>
    /// <param name="policy">The policy's name.</param>
    /// <param name="target">Its target; null to have it no more.</param>
    /// <param name="generation">The generation.</param>
    /// <param name="time">The time.</param>
    public GroupState With(string policy, PolicyTarget? target, long generation, string time) => this with
    {
        Generation = generation,
        Time = time,
        Policies =
        [
            .. Policies.Where(one => one.Name != policy).Concat(target is null ? [] : [target])
                .OrderBy(one => one.Name, StringComparer.Ordinal),
        ],
    };
}

/// <summary>A version of a policy that a group is to enforce.</summary>
/// <param name="Name">The policy.</param>
/// <param name="Version">The version; 0 when it has none but that of the wave.</param>
/// <param name="Sha256">The hash of its manifest.</param>
public sealed record PolicyTarget(string Name, long Version, string Sha256)
{
    /// <summary>Another version that some of the agents try; null for none.</summary>
    public Wave? Wave { get; init; }

    /// <summary>The versions that agents may need.</summary>
    public IEnumerable<long> Versions => new[] { Version, Wave?.Version ?? 0 }.Where(version => version > 0).Distinct();
}

/// <summary>A version that some agents enforce for a time, unless it becomes that of the group.</summary>
/// <param name="Id">What is another for each rollout.</param>
/// <param name="Version">The version.</param>
/// <param name="Sha256">The hash of its manifest.</param>
/// <param name="Agents">The agents.</param>
/// <param name="ConfirmSeconds">After how long they return to what was before, by themselves.</param>
/// <param name="Health">The condition over an agent's metrics without which it returns at once; null for none.</param>
public sealed record Wave(string Id, long Version, string Sha256, IReadOnlyList<string> Agents, int ConfirmSeconds, string? Health);
