using Skep.Agent.Fleet.Content;
using Skep.Agent.Fleet.Etcd;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;
using Skep.Isa;

namespace Skep.Agent.Fleet.Control;

/// <summary>An agent of a fleet.</summary>
/// <param name="Id">What it is called.</param>
/// <param name="Alive">What it says while it lives; null when it does not.</param>
/// <param name="Report">What it enforces; null when it has not said so.</param>
public sealed record FleetAgentEntry(string Id, AgentAlive? Alive, AgentReport? Report)
{
    /// <summary>Its groups.</summary>
    public IReadOnlyList<string> Groups => Alive?.Groups ?? [.. Report?.Groups.Select(one => one.Group) ?? []];

    /// <summary>Why what it has written cannot be read; null when it can.</summary>
    public string? Fault { get; init; }
}

/// <summary>Reads what is in the store of a fleet.</summary>
/// <param name="client">The store.</param>
public sealed class FleetView(EtcdClient client)
{
    private const string AliveEnd = "/alive", AppliedEnd = "/applied", DesiredEnd = "/desired";

    /// <summary>The store.</summary>
    public EtcdClient Client => client;

    /// <summary>All agents that are known, by their names.</summary>
    public async Task<IReadOnlyList<FleetAgentEntry>> Agents(CancellationToken stop)
    {
        var agents = new SortedDictionary<string, FleetAgentEntry>(StringComparer.Ordinal);
        foreach (EtcdValue one in await client.List(FleetNames.Agents, stop).ConfigureAwait(false))
        {
            string id = one.Key[FleetNames.Agents.Length..].Split('/')[0];
            FleetAgentEntry agent = agents.GetValueOrDefault(id) ?? new(id, null, null);
            agents[id] = With(agent, one);
        }

        return [.. agents.Values];
    }

    // What one agent writes is the fault of that one, and hides no other.
    private static FleetAgentEntry With(FleetAgentEntry agent, EtcdValue one)
    {
        try
        {
            if (one.Key.EndsWith(AliveEnd, StringComparison.Ordinal))
                return agent with { Alive = FleetJson.ReadAlive(one.Key, one.Value) };
            return one.Key.EndsWith(AppliedEnd, StringComparison.Ordinal)
                ? agent with { Report = FleetJson.ReadReport(one.Key, one.Value) } : agent;
        }
        catch (InvalidDataException e)
        {
            return agent with { Fault = e.Message };
        }
    }

    /// <summary>All groups, by their names.</summary>
    public async Task<IReadOnlyList<GroupState>> Groups(CancellationToken stop) =>
        GroupsOf(await client.List(FleetNames.Groups, stop).ConfigureAwait(false));

    /// <summary>The groups among keys.</summary>
    internal static IReadOnlyList<GroupState> GroupsOf(IReadOnlyList<EtcdValue> keys) =>
    [
        .. keys.Where(one => one.Key.EndsWith(DesiredEnd, StringComparison.Ordinal))
            .Select(one => FleetJson.ReadGroup(one.Key, one.Value)),
    ];

    /// <summary>The versions of a policy, or of all, oldest first.</summary>
    public async Task<IReadOnlyList<PolicyVersion>> Versions(string? policy, CancellationToken stop)
    {
        string prefix = policy is null ? FleetNames.Policies : FleetNames.Versions(policy);
        return
        [
            .. (await client.List(prefix, stop).ConfigureAwait(false))
                .Select(PolicyVersion.Of)
                .OrderBy(one => one.Manifest.Name, StringComparer.Ordinal).ThenBy(one => one.Manifest.Version),
        ];
    }

    /// <summary>The content of a file.</summary>
    /// <exception cref="FleetException">A piece of it is not there.</exception>
    public async Task<byte[]> Content(FleetFile file, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(file);
        var all = new MemoryStream();
        foreach (string piece in file.Chunks)
        {
            EtcdValue value = await client.Get(FleetNames.Chunk(piece), stop).ConfigureAwait(false)
                ?? throw new FleetException($"reading {file.Path}: {client.Name} has no key {FleetNames.Chunk(piece)}");
            all.Write(ContentPieces.Unpack(piece, value.Value));
        }

        return all.ToArray();
    }
}

/// <summary>A version of a policy.</summary>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Sha256">The hash of that.</param>
public sealed record PolicyVersion(PolicyManifest Manifest, string Sha256)
{
    /// <summary>The version that a key has.</summary>
    internal static PolicyVersion Of(EtcdValue key) => new(FleetJson.ReadManifest(key.Key, key.Value), Sha256Digest.Text(key.Value));

    /// <summary>As what a group enforces.</summary>
    public PolicyTarget Target => new(Manifest.Name, Manifest.Version, Sha256);
}
