using System.Text.Json;
using System.Text.Json.Serialization;
using Skep.Agent.Config;
using Skep.Agent.Fleet.Model;

namespace Skep.Agent.Fleet.Reconcile;

/// <summary>What an agent remembers: by it, it goes on without a store.</summary>
/// <param name="Boot">The boot that the marks are of.</param>
/// <param name="Groups">The states of groups that it goes by.</param>
/// <param name="Policies">What it enforces.</param>
/// <param name="EndedWaves">The last waves that it has returned from.</param>
internal sealed record FleetState(
    string Boot, IReadOnlyList<GroupState> Groups, IReadOnlyList<EnforcedPolicy> Policies, IReadOnlyList<EndedWave> EndedWaves)
{
    private const int MostEnded = 100;

    /// <summary>The kind of the source that the generations of the groups are of; null for etcd.</summary>
    public string? Source { get; init; }

    /// <summary>Whether it has all that it needs.</summary>
    [JsonIgnore]
    public bool IsWhole => this is { Boot: not null, Groups: not null, Policies: not null, EndedWaves: not null }
        && Groups.All(FleetJson.IsWhole)
        && Policies.All(one => one is { Name: not null, Sha256: not null, Parts: not null }
            && one.Parts.All(IsWholePart) && (one.Manifest is null || FleetJson.IsWhole(one.Manifest))
            && (one.Trial is null || (one.Trial is { Wave: not null, Sha256: not null, Parts: not null }
                && one.Trial.Parts.All(IsWholePart) && FleetJson.IsWhole(one.Trial.Manifest))))
        && EndedWaves.All(one => one is { Id: not null, Policy: not null });

    /// <summary>As it is with a source: where that is another than before, no generations are remembered.</summary>
    public FleetState Of(string source) => (Source ?? FleetConfig.Etcd) == source ? this : this with
    {
        Source = source,
        Groups = [.. Groups.Select(one => one with { Generation = 0 })],
    };

    /// <summary>A policy that is enforced; null for none of that name.</summary>
    public EnforcedPolicy? Find(string policy) => Policies.FirstOrDefault(one => one.Name == policy);

    /// <summary>With another policy in the place of that of its name.</summary>
    public FleetState With(EnforcedPolicy policy) => this with
    {
        Policies = [.. Policies.Where(one => one.Name != policy.Name), policy],
    };

    /// <summary>Without a policy.</summary>
    public FleetState Without(string policy) => this with { Policies = [.. Policies.Where(one => one.Name != policy)] };

    /// <summary>With all waves of a policy past.</summary>
    public FleetState WithPast(string policy) => this with
    {
        EndedWaves = [.. EndedWaves.Select(one => one.Policy == policy ? one with { IsPast = true } : one)],
    };

    /// <summary>With a wave that has ended.</summary>
    public FleetState WithEnded(EndedWave wave) => this with { EndedWaves = [.. EndedWaves.TakeLast(MostEnded - 1), wave] };

    private static bool IsWholePart(PartMark part) => part is { Key: not null, Sum: not null, Mark: not null };
}

/// <summary>A policy that is enforced.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Manifest">Its version; null when none but that of a trial is.</param>
/// <param name="Sha256">The hash of the manifest.</param>
/// <param name="Parts">Its parts.</param>
internal sealed record EnforcedPolicy(string Name, PolicyManifest? Manifest, string Sha256, IReadOnlyList<PartMark> Parts)
{
    /// <summary>Another version that is enforced for a time.</summary>
    public TrialPolicy? Trial { get; init; }
}

/// <summary>A version that is enforced for a time.</summary>
/// <param name="Wave">The wave.</param>
/// <param name="Manifest">The version.</param>
/// <param name="Sha256">The hash of the manifest.</param>
/// <param name="Parts">The parts that are others than before.</param>
/// <param name="UntilBootNs">When they return by themselves, CLOCK_BOOTTIME.</param>
internal sealed record TrialPolicy(string Wave, PolicyManifest Manifest, string Sha256, IReadOnlyList<PartMark> Parts, long UntilBootNs);

/// <summary>A part that is enforced.</summary>
/// <param name="Key">Which.</param>
/// <param name="Sum">The hash of what it is made of.</param>
/// <param name="Mark">What tells it from what another may put there.</param>
internal sealed record PartMark(string Key, string Sum, string Mark);

/// <summary>A wave that an agent has returned from.</summary>
/// <param name="Id">The wave.</param>
/// <param name="Policy">Its policy.</param>
/// <param name="Version">The version that was tried.</param>
/// <param name="Reason">Why.</param>
/// <param name="IsPast">Whether another version of the policy was applied since.</param>
internal sealed record EndedWave(string Id, string Policy, long Version, string Reason, bool IsPast = false);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FleetState))]
internal sealed partial class StateContext : JsonSerializerContext;
