using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Content;
using Skep.Agent.Fleet.Etcd;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;
using Skep.Isa;
using Skep.Output;

namespace Skep.Agent.Fleet.Control;

/// <summary>Changes what is in the store of a fleet.</summary>
/// <param name="view">The store.</param>
/// <param name="sign">Signs a content; null to sign nothing.</param>
/// <param name="report">Takes what is wrong with what agents say, and is not gone by.</param>
public sealed class FleetChanges(FleetView view, Func<byte[], byte[]>? sign, Action<string> report)
{
    // Of less than this the difference is not worth a key of its own.
    private const int LeastForDelta = 64 << 10, MostDelta = 1 << 20;

    private const int MostAttempts = 20;

    // No store is restored from so long ago: an agent that says so would have generations come to their end.
    private const long MostAhead = 1L << 32;

    private EtcdClient Client => view.Client;

    /// <summary>Stores a version of a policy; the last one when it has the same files.</summary>
    /// <param name="name">The policy.</param>
    /// <param name="policy">Its files.</param>
    /// <param name="by">Who pushes it.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<PolicyVersion> Store(string name, CheckedPolicy policy, string by, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(policy);
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            // Contents that are there already may be removed by others until the version that has them is there.
            long pruned = (await Client.Get(FleetNames.Pruned, stop).ConfigureAwait(false))?.Revision ?? 0;
            IReadOnlyList<PolicyVersion> before = await view.Versions(name, stop).ConfigureAwait(false);
            PolicyVersion[] bases = [.. before.TakeLast(2).Reverse()];
            var files = new List<FleetFile>();
            foreach (PolicyContent file in policy.Files)
                files.Add(await Store(file, [.. bases.Select(one => one.Manifest)], stop).ConfigureAwait(false));
            if (bases.FirstOrDefault() is { } last && IsSame(last.Manifest.Files, files)) return last;
            long version = (before.LastOrDefault()?.Manifest.Version ?? 0) + 1;
            byte[] manifest = FleetJson.Write(new PolicyManifest(name, version, UtcText.Seconds(DateTime.UtcNow), by, files));
            string key = FleetNames.Policy(name, version);
            EtcdCondition[] conditions = [EtcdCondition.Unchanged(key, 0), EtcdCondition.Unchanged(FleetNames.Pruned, pruned)];
            if (await Client.Change(conditions, [new(key, manifest)], stop).ConfigureAwait(false))
                return new(FleetJson.ReadManifest(key, manifest), Sha256Digest.Text(manifest));
        }

        throw new FleetException($"storing {name}: others push or remove versions all the time (try again)");
    }

    /// <summary>Changes the state of a group, if nobody else does meanwhile.</summary>
    /// <param name="group">The group.</param>
    /// <param name="policy">The policy whose target is changed.</param>
    /// <param name="target">Gives the new target of the one before; null for none.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The new state.</returns>
    /// <exception cref="FleetException">Others change it all the time, or it is signed.</exception>
    public async Task<GroupState> Set(string group, string policy, Func<PolicyTarget?, PolicyTarget?> target, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(target);
        (string key, string signatureKey) = (FleetNames.Desired(group), FleetNames.Signature(group));
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            IReadOnlyList<EtcdValue> there = await Client.List(FleetNames.Group(group), stop).ConfigureAwait(false);
            EtcdValue? before = there.FirstOrDefault(one => one.Key == key);
            EtcdValue? signature = there.FirstOrDefault(one => one.Key == signatureKey);
            if (signature is not null && sign is null)
                throw new FleetException($"changing group {group}: its state is signed, and agents may want that (give --key and --cert)");
            GroupState state = before is null ? new(group, 0, "", []) : FleetJson.ReadGroup(key, before.Value);

            long generation = await NextGeneration(state, stop).ConfigureAwait(false);
            PolicyTarget? wanted = target(state.Find(policy));
            GroupState next = state.With(policy, wanted, generation, UtcText.Seconds(DateTime.UtcNow));
            byte[] bytes = FleetJson.Write(next);
            EtcdChange[] changes = sign is null ? [new(key, bytes)] : [new(key, bytes), new(signatureKey, sign(bytes))];
            string[] versions = [.. (wanted?.Versions ?? []).Select(version => FleetNames.Policy(policy, version))];
            EtcdCondition[] conditions =
                [EtcdCondition.Unchanged(key, before?.Revision ?? 0), .. versions.Select(EtcdCondition.Exists)];
            if (await Client.Change(conditions, changes, stop).ConfigureAwait(false)) return next;
            foreach (string version in versions)
            {
                if (await Client.Get(version, stop).ConfigureAwait(false) is null)
                    throw new FleetException($"changing group {group}: there is no {version} any more (skep fleet prune removed it)");
            }
        }

        throw new FleetException($"changing group {group}: others change it all the time (try again)");
    }

    // A store that was restored from a snapshot may be behind what agents have seen.
    private async Task<long> NextGeneration(GroupState state, CancellationToken stop)
    {
        long now = Math.Max(0, state.Generation), seen = now;
        foreach (FleetAgentEntry agent in await view.Agents(stop).ConfigureAwait(false))
        {
            if (agent.Fault is { } fault) report($"agent {agent.Id}: {fault}: what it has seen does not count");
            foreach (SeenGroup group in (agent.Report?.Groups ?? []).Where(one => one.Group == state.Group))
            {
                if (group.Generation <= now || group.Generation - now <= MostAhead) seen = Math.Max(seen, group.Generation);
                else
                    report($"agent {agent.Id}: it says that it has seen generation {group.Generation} of group {state.Group}, which has "
                        + $"{now}: that does not count");
            }
        }

        return checked(seen + 1);
    }

    private async Task<FleetFile> Store(PolicyContent file, IReadOnlyList<PolicyManifest> bases, CancellationToken stop)
    {
        string sha256 = Sha256Digest.Text(file.Bytes);
        FleetFile[] earlier = [.. bases.SelectMany(one => one.Files).Where(one => one.Path == file.Path)];
        if (earlier.FirstOrDefault(one => one.Sha256 == sha256) is { } same) return same;
        var pieces = new List<string>();
        foreach (ReadOnlyMemory<byte> piece in ContentPieces.Cut(file.Bytes)) pieces.Add(await Store(piece, stop).ConfigureAwait(false));
        var deltas = new List<FleetDelta>();
        if (file.Bytes.Length >= LeastForDelta)
        {
            foreach (FleetFile from in earlier.DistinctBy(one => one.Sha256))
            {
                byte[] delta = LineDelta.Make(await view.Content(from, stop).ConfigureAwait(false), file.Bytes);
                if (delta.Length <= MostDelta && delta.Length < file.Bytes.Length / 2)
                    deltas.Add(new(from.Sha256, await Store(delta, stop).ConfigureAwait(false)));
            }
        }

        return new(file.Path, CheckedPolicy.KindOf(file), sha256, file.Bytes.Length, pieces) { Deltas = deltas };
    }

    // What is there under its hash is the same.
    private async Task<string> Store(ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        string sha256 = Sha256Digest.Text(piece.Span);
        string key = FleetNames.Chunk(sha256);
        await Client.Change([EtcdCondition.Unchanged(key, 0)], [new(key, ContentPieces.Pack(piece.Span))], stop).ConfigureAwait(false);
        return sha256;
    }

    private static bool IsSame(IReadOnlyList<FleetFile> some, IReadOnlyList<FleetFile> others) =>
        some.Select(one => (one.Path, one.Sha256)).SequenceEqual(others.Select(one => (one.Path, one.Sha256)));
}
