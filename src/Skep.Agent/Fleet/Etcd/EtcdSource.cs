using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;

namespace Skep.Agent.Fleet.Etcd;

/// <summary>
/// The fleet in etcd. What is to be enforced is always read anew: the watch only says when. The lease only says that the agent lives.
/// </summary>
internal sealed class EtcdSource : IFleetSource
{
    private const int LeaseSeconds = 60;

    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(LeaseSeconds / 3), AgainAtLeast = TimeSpan.FromSeconds(1),
        AgainAtMost = TimeSpan.FromSeconds(15), EndsWithin = TimeSpan.FromSeconds(2);

    private readonly EtcdClient _client;
    private readonly AgentAlive _alive;
    private readonly IReadOnlyList<string> _groups;
    private readonly StateVerifier? _verifier;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _watch = Task.CompletedTask, _renew = Task.CompletedTask;
    private volatile string? _lease;
    private volatile string? _twin;

    /// <param name="client">etcd.</param>
    /// <param name="alive">The agent.</param>
    /// <param name="verifier">Verifies states; null where they need not be signed.</param>
    public EtcdSource(EtcdClient client, AgentAlive alive, StateVerifier? verifier) =>
        (_client, _alive, _groups, _verifier) = (client, alive, alive.Groups, verifier);

    /// <inheritdoc/>
    public string Name => _client.Name;

    /// <summary>Bytes that came.</summary>
    public long Received => _client.Received;

    /// <inheritdoc/>
    public void Start()
    {
        _watch = Task.Run(() => Repeat(stop => _client.Watch(WatchedPrefix(), Signal, stop)));
        _renew = Task.Run(() => Repeat(KeepLease));
    }

    /// <inheritdoc/>
    public async Task<FleetRead> Read(CancellationToken stop)
    {
        var groups = new List<GroupState>();
        var errors = new List<string>();
        if (_twin is { } twin) errors.Add(twin);
        foreach (string group in _groups)
        {
            IReadOnlyList<EtcdValue> keys = await _client.List(FleetNames.Group(group), stop).ConfigureAwait(false);
            if (keys.FirstOrDefault(one => one.Key == FleetNames.Desired(group)) is not { } desired) continue;
            try
            {
                _verifier?.Verify(desired.Key, desired.Value, keys.FirstOrDefault(one => one.Key == FleetNames.Signature(group))?.Value);
                GroupState state = FleetJson.ReadGroup(desired.Key, desired.Value);
                if (state.Group != group) throw new InvalidDataException($"reading {desired.Key}: it is of group {state.Group}");
                if (state.Generation < 1) throw new InvalidDataException($"reading {desired.Key}: generations begin with 1");
                groups.Add(state);
            }
            catch (InvalidDataException e)
            {
                errors.Add(e.Message);
            }
        }

        return new(groups, errors);
    }

    /// <inheritdoc/>
    public async Task<byte[]> ReadManifest(PolicyTarget target, CancellationToken stop) =>
        await Required(FleetNames.Policy(target.Name, target.Version), stop).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<byte[]> ReadPiece(string sha256, CancellationToken stop) =>
        await Required(FleetNames.Chunk(sha256), stop).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task Report(AgentReport report, CancellationToken stop)
    {
        string key = FleetNames.Applied(_alive.Id);
        byte[] value = FleetJson.Write(report);
        while (true)
        {
            EtcdValue? before = await _client.Get(key, stop).ConfigureAwait(false);
            if (before?.Value.AsSpan().SequenceEqual(value) == true) return;
            EtcdCondition unchanged = EtcdCondition.Unchanged(key, before?.Revision ?? 0);
            if (await _client.Change([unchanged], [new(key, value)], stop).ConfigureAwait(false)) return;
        }
    }

    /// <inheritdoc/>
    public async Task Changed(TimeSpan atMost, CancellationToken stop) => await _changed.WaitAsync(atMost, stop).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_watch, _renew).ConfigureAwait(false);
        if (_lease is { } lease)
        {
            try
            {
                using var late = new CancellationTokenSource(EndsWithin);
                await _client.Revoke(lease, late.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is FleetException or OperationCanceledException)
            {
                // It ends by itself.
            }
        }

        _client.Dispose();
        _changed.Dispose();
        _stop.Dispose();
    }

    private string WatchedPrefix() => _groups is [var only] ? FleetNames.Group(only) : FleetNames.Groups;

    private async Task<byte[]> Required(string key, CancellationToken stop) =>
        (await _client.Get(key, stop).ConfigureAwait(false))?.Value ?? throw new FleetException($"asking {Name}: there is no key {key}");

    private void Signal()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // What waits reads all changes at once.
        }
    }

    // Agents do not come back all at once.
    private async Task Repeat(Func<CancellationToken, Task> work)
    {
        TimeSpan again = AgainAtLeast;
        while (!_stop.IsCancellationRequested)
        {
            long begun = Environment.TickCount64;
            try
            {
                await work(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (FleetException.MayPass(e))
            {
                // What reads the state reports that etcd does not answer.
            }
            catch (OperationCanceledException)
            {
                return;
            }

            again = Environment.TickCount64 - begun > AgainAtMost.TotalMilliseconds ? AgainAtLeast : again;
            try
            {
                await Task.Delay(again * (0.5 + Random.Shared.NextDouble()), _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            again = again * 2 > AgainAtMost ? AgainAtMost : again * 2;
        }
    }

    private async Task KeepLease(CancellationToken stop)
    {
        string key = FleetNames.Alive(_alive.Id);
        bool isFirst = true;
        while (true)
        {
            EtcdValue? there = await _client.Get(key, stop).ConfigureAwait(false);

            // The key of an agent that was killed is there for a while: the next one takes it.
            bool isOurs = isFirst || there is null || there.Value.AsSpan().SequenceEqual(FleetJson.Write(_alive));
            if (isFirst) there = null;
            isFirst = false;
            _twin = isOurs ? null : $"agent {_alive.Id}: another agent of that id lives (give fleet.id another name)";
            if (isOurs)
            {
                if (_lease is not { } lease || !await _client.KeepAlive(lease, stop).ConfigureAwait(false))
                {
                    _lease = lease = await _client.Grant(LeaseSeconds, stop).ConfigureAwait(false);
                    there = null;
                }

                if (there is null)
                {
                    there = await _client.Get(key, stop).ConfigureAwait(false);
                    EtcdChange change = new(key, FleetJson.Write(_alive), lease);
                    await _client.Change([EtcdCondition.Unchanged(key, there?.Revision ?? 0)], [change], stop).ConfigureAwait(false);
                }
            }

            await Task.Delay(RenewEvery, stop).ConfigureAwait(false);
        }
    }
}
