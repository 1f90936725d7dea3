using System.Text.Json;
using Skep.Agent.Config;
using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Content;
using Skep.Agent.Fleet.Enforce;
using Skep.Agent.Fleet.Etcd;
using Skep.Agent.Fleet.Folder;
using Skep.Agent.Fleet.Health;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Reconcile;
using Skep.Agent.Fleet.Store;
using Skep.Agent.History;
using Skep.Agent.Web;
using Skep.Linux.Files;
using Skep.Linux.Time;
using Skep.Output;

namespace Skep.Agent.Host;

/// <summary>The part of the agent that is led by a fleet.</summary>
internal sealed class FleetHost
{
    private readonly FleetAgent _agent;
    private readonly IFleetSource _source;
    private readonly Action<string> _report;
    private readonly CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;

    private FleetHost(IFleetSource source, FleetAgent agent, Action<string> report) =>
        (_source, _agent, _report) = (source, agent, report);

    /// <summary>Makes it; null where the configuration has no fleet.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="run">The agent.</param>
    /// <param name="metrics">Writes the metrics of the agent.</param>
    /// <param name="readAlerts">Has the agent read its alerts again; gives why it cannot.</param>
    /// <param name="report">Takes messages.</param>
    /// <exception cref="IOException">A file of the configuration cannot be read.</exception>
    /// <exception cref="InvalidDataException">One of them cannot be used.</exception>
    public static FleetHost? Create(
        AgentConfig config, AgentRun run, Action<IMetricWriter> metrics, Func<string?> readAlerts, Action<string> report)
    {
        FleetConfig fleet = config.Fleet;
        if (fleet.Source is null) return null;
        string id = fleet.Id ?? run.Host?.Trim() ?? "";
        if (!FleetNames.IsName(id))
            throw new InvalidDataException($"fleet.id is to be given: the name of the machine, {id}, is none of an agent");
        StateVerifier? verifier = fleet.Certificate is { } certificate ? new(certificate) : null;
        var alive = new AgentAlive(id, run.Host, run.Version, UtcText.Nanoseconds(run.StartedNs), fleet.Groups);
        IFleetSource source = fleet.Directory is { } directory
            ? new FolderSource(directory, fleet.Groups, verifier)
            : new EtcdSource(new EtcdClient(EtcdOptions.Of(fleet)), alive, verifier);
        string contents = Path.Combine(config.FleetDirectory, "contents");
        var state = new StateFile(Path.Combine(config.FleetDirectory, "state.json"), report);
        PrivateDirectory.Ensure(config.FleetDirectory, contents, report);
        var reconciler = new Reconciler(
            new FleetIdentity(id, fleet.Groups, run.Boot, fleet.Kind),
            new PolicyLoader(source, new ContentCache(contents)),
            new KernelEnforcer(config, run.Version, readAlerts, report),
            new TrialHealth(() =>
            {
                var samples = new MetricSamples();
                metrics(samples);
                return samples.All;
            }),
            state.Read(run.Boot),
            state.Write,
            Clocks.BootNanoseconds);
        return new FleetHost(source, new FleetAgent(source, reconciler, report), report);
    }

    /// <summary>Whether two configurations mean the same fleet.</summary>
    public static bool IsSame(FleetConfig one, FleetConfig other) =>
        one.Endpoints.SequenceEqual(other.Endpoints) && one.Groups.SequenceEqual(other.Groups)
        && one == other with { Endpoints = one.Endpoints, Groups = one.Groups };

    /// <summary>Begins.</summary>
    public void Start() => _run = Task.Run(async () =>
    {
        try
        {
            await _agent.Run(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _report($"fleet: it ended: {e.Message}; what is enforced stays (restart the agent)");
        }
    });

    /// <summary>Ends. What is enforced stays.</summary>
    public void Stop()
    {
        _stop.Cancel();
        _run.GetAwaiter().GetResult();
        _source.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stop.Dispose();
    }

    /// <summary>Writes what it enforces, into an object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject("fleet");
        json.WriteString("source", _source.Name);
        json.WriteBoolean("reached", _agent.Unreachable is null);
        if (_agent.Unreachable is { } why) json.WriteString("unreachable", why);
        foreach (PolicyReport policy in _agent.Last?.Policies ?? [])
        {
            json.WriteStartObject(policy.Name);
            json.WriteNumber("version", policy.Version);
            json.WriteString("state", policy.State);
            if (policy.Error is { } error) json.WriteString("error", error);
            if (policy.Drift is { } drift) json.WriteString("drift", drift);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Writes the same as metrics.</summary>
    public void WriteTo(IMetricWriter text)
    {
        text.Gauge("skep_fleet_reached", "Whether the source of policies answered last.");
        text.Value(_agent.Unreachable is null ? 1 : 0);
        text.Gauge("skep_fleet_policy_version", "Versions of policies that are enforced, by state.");
        foreach (PolicyReport policy in _agent.Last?.Policies ?? [])
            text.Value(policy.Version, ("policy", policy.Name), ("state", policy.State));
    }
}
