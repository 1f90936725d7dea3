using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Content;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Etcd;
using Skep.Agent.Fleet.Health;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Reconcile;

namespace Skep.Agent.Tests.Fleet;

/// <summary>An etcd, and agents that enforce in memory.</summary>
internal sealed class FleetScene : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly EtcdClient _client;

    public FleetScene(int agents)
    {
        _client = Client();
        View = new FleetView(_client);
        Changes = new FleetChanges(View, null, Messages.Add);
        Agents = [.. Enumerable.Range(0, agents).Select(i => new LightAgent(this, $"agent{i:0000}"))];
    }

    public EtcdServer Etcd { get; } = new();

    public FleetView View { get; }

    /// <summary>What is said when a group is changed.</summary>
    public List<string> Messages { get; } = [];

    public FleetChanges Changes { get; }

    public IReadOnlyList<LightAgent> Agents { get; }

    public CancellationToken Stop => _stop.Token;

    public EtcdClient Client() => new(new EtcdOptions([new Uri(Etcd.Address)]));

    /// <summary>Starts all agents, and waits until they live.</summary>
    public async Task Start()
    {
        foreach (LightAgent agent in Agents) agent.Start();
        await Until(async () => (await View.Agents(Stop)).Count(one => one.Alive is not null) == Agents.Count, "all agents live");
    }

    /// <summary>Stores a version, which the group is to enforce.</summary>
    public async Task<PolicyVersion> Push(params PolicyContent[] files)
    {
        PolicyVersion version = await Store(files);
        await Changes.Set("web", "edge", _ => version.Target, Stop);
        return version;
    }

    public Task<PolicyVersion> Store(params PolicyContent[] files)
    {
        CheckedPolicy policy = CheckedPolicy.Read(files);
        Assert.Null(policy.FirstError);
        return Changes.Store("edge", policy, "test", Stop);
    }

    /// <summary>Waits until all agents enforce a version and have said so.</summary>
    public Task Converges(PolicyVersion version) => Until(async () =>
    {
        if (!Agents.All(agent => agent.State.Find("edge")?.Sha256 == version.Sha256)) return false;
        return (await View.Agents(Stop)).Count(one =>
            one.Report?.Find("edge") is { State: PolicyStates.Applied } report && report.Sha256 == version.Sha256) == Agents.Count;
    }, $"all agents enforce version {version.Manifest.Version}");

    public static async Task Until(Func<Task<bool>> isSo, string what)
    {
        long begun = Environment.TickCount64;
        while (true)
        {
            try
            {
                if (await isSo()) return;
            }
            catch (IOException)
            {
            }

            Assert.True(Environment.TickCount64 - begun < 120_000, $"not within two minutes: {what}");
            await Task.Delay(50);
        }
    }

    public static PolicyContent Rules(int port, string set = "") => new("edge.skep", System.Text.Encoding.UTF8.GetBytes(
        $"table edge {{\n    devices = {{ eth9 }}\n{set}    tcp dport {port} drop\n}}\n"));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (LightAgent agent in Agents) await agent.DisposeAsync();
        _client.Dispose();
        Etcd.Dispose();
        _stop.Dispose();
    }
}

/// <summary>An agent with all that one has, but for what it enforces with.</summary>
internal sealed class LightAgent : IAsyncDisposable
{
    private readonly FleetScene _scene;
    private readonly EtcdSource _source;
    private readonly FleetAgent _agent;
    private readonly Reconciler _reconciler;
    private Task _run = Task.CompletedTask;

    public LightAgent(FleetScene scene, string id)
    {
        _scene = scene;
        _source = new EtcdSource(scene.Client(), new AgentAlive(id, id, "1.0", "2026-01-01T00:00:00Z", ["web"]), null);
        _reconciler = new Reconciler(
            new(id, ["web"], "boot", "etcd"), new PolicyLoader(_source, new ContentCache(null)), Enforcer,
            new TrialHealth(() => [new MetricSample("load", [], Load)]), new("boot", [], [], []), _ => { }, () => 0);
        _agent = new FleetAgent(_source, _reconciler, _ => { });
    }

    public MemoryEnforcer Enforcer { get; } = new();

    public double Load { get; set; }

    public FleetState State => _reconciler.State;

    public bool IsReached => _agent.Unreachable is null;

    /// <summary>Bytes that came from etcd.</summary>
    public long Received => _source.Received;

    public void Start() => _run = Task.Run(() => _agent.Run(_scene.Stop));

    public async ValueTask DisposeAsync()
    {
        await _run;
        await _source.DisposeAsync();
    }
}
