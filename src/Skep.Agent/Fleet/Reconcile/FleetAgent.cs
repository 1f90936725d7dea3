using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;
using Skep.Output;

namespace Skep.Agent.Fleet.Reconcile;

/// <summary>Goes by what a source says, for ever; without the source by what it said last.</summary>
/// <param name="source">The source.</param>
/// <param name="reconciler">Does it.</param>
/// <param name="report">Takes what goes wrong, once.</param>
internal sealed class FleetAgent(IFleetSource source, Reconciler reconciler, Action<string> report)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30), LookAtTrialEvery = TimeSpan.FromSeconds(1);

    private AgentReport? _last;
    private string? _unreachable;

    /// <summary>What it said last.</summary>
    public AgentReport? Last => Volatile.Read(ref _last);

    /// <summary>Why the source cannot be read; null when it can.</summary>
    public string? Unreachable => Volatile.Read(ref _unreachable);

    /// <summary>Runs until it is stopped.</summary>
    public async Task Run(CancellationToken stop)
    {
        try
        {
            if (await FaultOf(() => Task.Run(reconciler.Restore, stop)).ConfigureAwait(false) is { } fault) report($"fleet: {fault}");
            source.Start();
            while (true)
            {
                await Turn(stop).ConfigureAwait(false);
                TimeSpan wait = reconciler.IsTrying || reconciler.IsBehind ? LookAtTrialEvery : LookEvery;
                wait *= 0.75 + Random.Shared.NextDouble() / 2;
                await source.Changed(wait, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Looks once, does what there is to do, and says what is enforced.</summary>
    public async Task Turn(CancellationToken stop)
    {
        FleetRead? read = null;
        string? unread = await FaultOf(async () => read = await source.Read(stop).ConfigureAwait(false)).ConfigureAwait(false);
        string? fault = await FaultOf(() => Enforce(read, stop)).ConfigureAwait(false);
        if (read is not null && fault is null) fault = await FaultOf(() => source.Report(Last!, stop)).ConfigureAwait(false);
        Reached(unread ?? fault);
    }

    private async Task Enforce(FleetRead? read, CancellationToken stop)
    {
        await reconciler.Step(read, stop).ConfigureAwait(false);
        AgentReport now = reconciler.Report(UtcText.Seconds(DateTime.UtcNow));
        if (Last is { } last && Untimed(last).AsSpan().SequenceEqual(Untimed(now))) return;
        Say(now);
        Volatile.Write(ref _last, now);
    }

    // The next turn does again what failed in this one.
    private static async Task<string?> FaultOf(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (FleetException.MayPass(e))
        {
            return e.Message;
        }
    }

    private static byte[] Untimed(AgentReport report) => FleetJson.Write(report with { Time = "" });

    private void Reached(string? why)
    {
        if (why is not null && Unreachable is null) report($"fleet: {why}; what is enforced stays");
        if (why is null && Unreachable is not null) report($"fleet: {source.Name} answers again");
        Volatile.Write(ref _unreachable, why);
    }

    private void Say(AgentReport now)
    {
        foreach (string error in now.Errors.Except(Last?.Errors ?? [])) report($"fleet: {error}");
        foreach (PolicyReport policy in now.Policies)
        {
            PolicyReport? before = Last?.Find(policy.Name);
            if (policy with { WellSeconds = 0 } == (before is null ? null : before with { WellSeconds = 0 })) continue;
            string what = policy.State switch
            {
                PolicyStates.Failed => $"version {policy.FailedVersion} failed: {policy.Error}",
                PolicyStates.Returned => $"returned from version {policy.FailedVersion} to {policy.Version}: {policy.Error}",
                _ => $"{policy.State} version {policy.Version}",
            };
            report($"fleet: policy {policy.Name}: {what}{(policy.Drift is { } drift ? $"; {drift}" : "")}");
        }
    }
}
