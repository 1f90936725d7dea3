using Skep.Agent.Fleet.Model;

namespace Skep.Agent.Fleet.Store;

/// <summary>Where an agent gets from what it is to enforce, and says what it does.</summary>
internal interface IFleetSource : IAsyncDisposable
{
    /// <summary>What it is, in messages.</summary>
    string Name { get; }

    /// <summary>Begins to report that the agent lives, and to look for changes.</summary>
    void Start();

    /// <summary>What the groups of the agent are to enforce, now: those whose state is there and may be believed.</summary>
    /// <exception cref="FleetException">It cannot be read.</exception>
    Task<FleetRead> Read(CancellationToken stop);

    /// <summary>A version of a policy.</summary>
    /// <exception cref="FleetException">It cannot be read.</exception>
    Task<byte[]> ReadManifest(PolicyTarget target, CancellationToken stop);

    /// <summary>A content by its hash, as it is kept: packed.</summary>
    /// <exception cref="FleetException">It cannot be read.</exception>
    Task<byte[]> ReadPiece(string sha256, CancellationToken stop);

    /// <summary>Says what the agent enforces.</summary>
    /// <exception cref="FleetException">Nobody takes it.</exception>
    Task Report(AgentReport report, CancellationToken stop);

    /// <summary>Waits until something may have changed, or for a time.</summary>
    Task Changed(TimeSpan atMost, CancellationToken stop);
}

/// <summary>The states of groups.</summary>
/// <param name="Groups">Those that were read.</param>
/// <param name="Errors">Why others were not.</param>
internal sealed record FleetRead(IReadOnlyList<GroupState> Groups, IReadOnlyList<string> Errors);
