using System.Text;
using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Content;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;
using Skep.Isa;

namespace Skep.Agent.Tests.Fleet;

/// <summary>A store in memory.</summary>
internal sealed class MemorySource : IFleetSource
{
    private readonly Dictionary<string, byte[]> _manifests = [];

    public GroupState State { get; set; } = new("web", 0, "", []);

    public Dictionary<string, byte[]> Pieces { get; } = [];

    public bool IsDown { get; set; }

    /// <summary>What reading fails with.</summary>
    public Exception? Fault { get; set; }

    public AgentReport? Reported { get; private set; }

    public string Name => "memory";

    /// <summary>Stores a version.</summary>
    public PolicyTarget Store(string name, long version, params (string Path, string Text)[] files)
    {
        var all = new List<FleetFile>();
        foreach ((string path, string text) in files)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            string sha256 = Sha256Digest.Text(bytes);
            Pieces[sha256] = ContentPieces.Pack(bytes);
            all.Add(new(path, CheckedPolicy.KindOf(new(path, bytes)), sha256, bytes.Length, [sha256]));
        }

        byte[] manifest = FleetJson.Write(new PolicyManifest(name, version, "", "", all));
        string hash = Sha256Digest.Text(manifest);
        _manifests[hash] = manifest;
        return new(name, version, hash);
    }

    /// <summary>Has the group enforce something.</summary>
    public void Want(params PolicyTarget[] targets) => State = State with { Generation = State.Generation + 1, Policies = targets };

    public void Start()
    {
    }

    public Task<FleetRead> Read(CancellationToken stop) =>
        IsDown ? throw new FleetException("memory is down") : Fault is not null ? throw Fault : Task.FromResult(new FleetRead([State], []));

    public Task<byte[]> ReadManifest(PolicyTarget target, CancellationToken stop) => Task.FromResult(_manifests[target.Sha256]);

    public Task<byte[]> ReadPiece(string sha256, CancellationToken stop) => Task.FromResult(Pieces[sha256]);

    public Task Report(AgentReport report, CancellationToken stop)
    {
        Reported = report;
        return Task.CompletedTask;
    }

    public Task Changed(TimeSpan atMost, CancellationToken stop) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
