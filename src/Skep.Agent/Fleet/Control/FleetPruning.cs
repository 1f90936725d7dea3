using Skep.Agent.Fleet.Etcd;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;

namespace Skep.Agent.Fleet.Control;

/// <summary>What was removed of the store of a fleet, or would be.</summary>
/// <param name="Versions">The versions, by policy, oldest first.</param>
/// <param name="Contents">How many pieces of contents and differences.</param>
public sealed record PrunedStore(IReadOnlyList<PolicyVersion> Versions, int Contents);

/// <summary>
/// Removes old versions of policies that no group is to enforce, and contents that no version has. Each removal is a transaction that holds
/// only while no group, or no version, was written since it was decided; versions that are pushed meanwhile are stored again by who pushes.
/// </summary>
/// <param name="view">The store.</param>
public sealed class FleetPruning(FleetView view)
{
    // etcd takes 128 conditions and changes in a transaction.
    private const int AtOnce = 100, MostAttempts = 20;

    private EtcdClient Client => view.Client;

    /// <summary>Removes them.</summary>
    /// <param name="policy">Only versions of this policy; null for all.</param>
    /// <param name="keep">How many of the newest versions of each policy stay, whether a group enforces them or not.</param>
    /// <param name="dryRun">Only look.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="FleetException">etcd does not answer, or others change it all the time.</exception>
    public async Task<PrunedStore> Run(string? policy, int keep, bool dryRun, CancellationToken stop)
    {
        var removed = new List<PolicyVersion>();
        int contents = 0;
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            (IReadOnlyList<EtcdValue> groups, long revision) = await Client.ListAt(FleetNames.Groups, false, stop).ConfigureAwait(false);
            (IReadOnlyList<EtcdValue> there, _) = await Client.ListAt(FleetNames.Policies, false, stop).ConfigureAwait(false);
            List<(EtcdValue Key, PolicyVersion Version)> old = Old(there, FleetView.GroupsOf(groups), policy, keep);
            if (!dryRun && !await RemoveVersions(old, revision, removed, stop).ConfigureAwait(false)) continue;
            if (dryRun) removed = [.. old.Select(one => one.Version)];
            HashSet<string> leftOut = dryRun ? [.. old.Select(one => one.Key.Key)] : [];
            (int pieces, bool isAll) = await RemoveContents(leftOut, dryRun, stop).ConfigureAwait(false);
            contents += pieces;
            if (isAll) return new(removed, contents);
        }

        throw new FleetException("removing old versions: others change the fleet all the time (try again)");
    }

    private static List<(EtcdValue Key, PolicyVersion Version)> Old(
        IReadOnlyList<EtcdValue> there, IReadOnlyList<GroupState> groups, string? policy, int keep) =>
    [
        .. there.Select(one => (Key: one, Version: PolicyVersion.Of(one)))
            .Where(one => policy is null || one.Version.Manifest.Name == policy)
            .GroupBy(one => one.Version.Manifest.Name).OrderBy(one => one.Key, StringComparer.Ordinal)
            .SelectMany(versions => versions.OrderBy(one => one.Version.Manifest.Version).SkipLast(keep))
            .Where(one => !groups.Any(group => IsWanted(group, one.Version.Manifest))),
    ];

    private static bool IsWanted(GroupState group, PolicyManifest manifest) =>
        group.Find(manifest.Name)?.Versions.Contains(manifest.Version) == true;

    // A group that was written since may want one of them.
    private async Task<bool> RemoveVersions(
        List<(EtcdValue Key, PolicyVersion Version)> old, long revision, List<PolicyVersion> removed, CancellationToken stop)
    {
        foreach ((EtcdValue Key, PolicyVersion Version)[] some in old.Chunk(AtOnce))
        {
            EtcdCondition[] conditions =
            [
                EtcdCondition.NoneWrittenSince(FleetNames.Groups, revision),
                .. some.Select(one => EtcdCondition.Unchanged(one.Key.Key, one.Key.Revision)),
            ];
            EtcdChange[] changes = [.. some.Select(one => new EtcdChange(one.Key.Key, null))];
            if (!await Client.Change(conditions, changes, stop).ConfigureAwait(false)) return false;
            removed.AddRange(some.Select(one => one.Version));
        }

        return true;
    }

    // A version that was written since may have one of them: then some are left.
    private async Task<(int Removed, bool IsAll)> RemoveContents(HashSet<string> leftOut, bool dryRun, CancellationToken stop)
    {
        int removed = 0;
        (IReadOnlyList<EtcdValue> contents, _) = await Client.ListAt(FleetNames.Chunks, onlyKeys: true, stop).ConfigureAwait(false);
        (IReadOnlyList<EtcdValue> versions, long revision) = await Client.ListAt(FleetNames.Policies, false, stop).ConfigureAwait(false);
        HashSet<string> used =
        [
            .. versions.Where(one => !leftOut.Contains(one.Key)).SelectMany(one => FleetJson.ReadManifest(one.Key, one.Value).Objects)
                .Select(FleetNames.Chunk),
        ];
        string[] unused = [.. contents.Select(one => one.Key).Where(key => !used.Contains(key))];
        if (dryRun) return (unused.Length, true);
        foreach (string[] some in unused.Chunk(AtOnce))
        {
            EtcdChange[] changes = [.. some.Select(key => new EtcdChange(key, null)), new(FleetNames.Pruned, "{}"u8.ToArray())];
            EtcdCondition[] conditions = [EtcdCondition.NoneWrittenSince(FleetNames.Policies, revision)];
            if (!await Client.Change(conditions, changes, stop).ConfigureAwait(false)) return (removed, false);
            removed += some.Length;
        }

        return (removed, true);
    }
}
