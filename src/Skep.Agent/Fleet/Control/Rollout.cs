using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;
using Skep.Isa;

namespace Skep.Agent.Fleet.Control;

/// <summary>How a version gets to the agents of a group.</summary>
/// <param name="Waves">How many agents are in each wave, of all; empty for all at once.</param>
/// <param name="Health">The condition over their metrics; null for none.</param>
/// <param name="Soak">How long each wave has to be well.</param>
/// <param name="Timeout">How long agents have to apply it.</param>
public sealed record RolloutPlan(IReadOnlyList<WaveSize> Waves, string? Health, TimeSpan Soak, TimeSpan Timeout);

/// <summary>The size of a wave.</summary>
/// <param name="Number">So many.</param>
/// <param name="IsPercent">Whether it is of a hundred.</param>
public sealed record WaveSize(int Number, bool IsPercent)
{
    /// <summary>Reads one: <c>3</c>, <c>10%</c>; null when it is none.</summary>
    public static WaveSize? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isPercent = text.EndsWith('%');
        return int.TryParse(isPercent ? text[..^1] : text, System.Globalization.NumberStyles.None, null, out int number)
            && number > 0 && (!isPercent || number <= 100) ? new(number, isPercent) : null;
    }

    /// <summary>How many agents that is, one at least.</summary>
    public int Of(int agents) => Math.Min(agents, IsPercent ? Math.Max(1, (int)Math.Ceiling(agents * (Number / 100.0))) : Number);
}

/// <summary>What became of a rollout.</summary>
/// <param name="State">The state of the group.</param>
/// <param name="Fault">Why it was halted; null when it was not.</param>
public sealed record RolloutResult(GroupState State, string? Fault);

/// <summary>Brings versions to agents, in waves. When it ends before the last one, agents of the waves return by themselves.</summary>
/// <param name="view">The store.</param>
/// <param name="changes">Changes it.</param>
/// <param name="progress">Takes what happens.</param>
public sealed class Rollout(FleetView view, FleetChanges changes, Action<string> progress)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500), Spare = TimeSpan.FromSeconds(30);

    /// <summary>Has some agents try a version, then more, and then makes it that of the group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="version">The version.</param>
    /// <param name="plan">The waves.</param>
    /// <param name="stop">Ends it: the rollout is halted.</param>
    public async Task<RolloutResult> Run(string group, PolicyVersion version, RolloutPlan plan, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(version);
        ArgumentNullException.ThrowIfNull(plan);
        string policy = version.Manifest.Name;
        string[] agents = await Living(group, stop).ConfigureAwait(false);
        if (plan.Waves.Count > 0 && agents.Length == 0)
            throw new FleetException(
                $"rolling out policy {policy}: no agent of group {group} lives (skep fleet agents shows those that do)");
        string id = Sha256Digest.Text(System.Text.Encoding.UTF8.GetBytes($"{version.Sha256} {group} {DateTime.UtcNow.Ticks}"))[..16];
        TimeSpan whole = (plan.Soak + plan.Timeout * 2) * plan.Waves.Count + Spare;
        foreach (WaveSize size in plan.Waves)
        {
            string[] canaries = [.. agents.Take(size.Of(agents.Length))];
            progress($"version {version.Manifest.Version} of {policy} goes to {canaries.Length} of {agents.Length} agents");
            var wave = new Wave(id, version.Manifest.Version, version.Sha256, canaries, (int)whole.TotalSeconds, plan.Health);
            GroupState state = await changes.Set(
                group, policy, before => (before ?? new(policy, 0, "")) with { Wave = wave }, stop).ConfigureAwait(false);
            string? fault;
            try
            {
                fault = await Await(canaries, policy, one => one?.State == PolicyStates.Trial && one.Wave == id, wave, plan.Timeout, stop)
                    .ConfigureAwait(false) ?? await Soak(canaries, policy, wave, plan, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                fault = "it was stopped";
            }

            if (fault is not null) return new(await Halt(group, policy, id).ConfigureAwait(false), fault);
        }

        GroupState done = await changes.Set(group, policy, _ => version.Target, stop).ConfigureAwait(false);
        return new(done, null);
    }

    /// <summary>Waits until all living agents of a group enforce a version.</summary>
    /// <returns>Why they do not; null when they do.</returns>
    public async Task<string?> AwaitAll(string group, PolicyVersion version, TimeSpan timeout, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(version);
        string[] agents = await Living(group, stop).ConfigureAwait(false);
        return await Await(
            agents, version.Manifest.Name, one => one is { State: PolicyStates.Applied } && one.Sha256 == version.Sha256,
            new("", version.Manifest.Version, version.Sha256, agents, 0, null), timeout, stop).ConfigureAwait(false);
    }

    private async Task<string[]> Living(string group, CancellationToken stop) =>
    [
        .. (await view.Agents(stop).ConfigureAwait(false))
            .Where(one => one.Alive is not null && one.Groups.Contains(group)).Select(one => one.Id),
    ];

    private async Task<string?> Await(
        string[] agents, string policy, Func<PolicyReport?, bool> isThere, Wave wave, TimeSpan timeout, CancellationToken stop)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            Dictionary<string, PolicyReport?> reports = await Reports(policy, stop).ConfigureAwait(false);
            if (FaultOf(agents, reports, wave) is { } fault) return fault;
            string[] missing = [.. agents.Where(one => !isThere(reports.GetValueOrDefault(one)))];
            if (missing.Length == 0) return null;
            if (clock.Elapsed > timeout)
                return $"{missing.Length} of {agents.Length} agents did not apply it in {timeout.TotalSeconds:0} s: "
                    + string.Join(", ", missing.Take(5)) + (missing.Length > 5 ? ", ..." : "");
            await Task.Delay(LookEvery, stop).ConfigureAwait(false);
        }
    }

    // Not the time that has gone by counts, but what each agent has judged of itself.
    private async Task<string?> Soak(string[] agents, string policy, Wave wave, RolloutPlan plan, CancellationToken stop)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            Dictionary<string, PolicyReport?> reports = await Reports(policy, stop).ConfigureAwait(false);
            if (FaultOf(agents, reports, wave) is { } fault) return fault;
            string[] others = [.. agents.Where(one => reports.GetValueOrDefault(one) is not { State: PolicyStates.Trial } report
                || report.Wave != wave.Id || report.WellSeconds < plan.Soak.TotalSeconds)];
            if (others.Length == 0) return null;
            if (clock.Elapsed > plan.Soak + plan.Timeout)
                return $"{others.Length} of {agents.Length} agents were not well for {plan.Soak.TotalSeconds:0.###} s: "
                    + string.Join(", ", others.Take(5)) + (others.Length > 5 ? ", ..." : "");
            await Task.Delay(LookEvery, stop).ConfigureAwait(false);
        }
    }

    private async Task<Dictionary<string, PolicyReport?>> Reports(string policy, CancellationToken stop) =>
        (await view.Agents(stop).ConfigureAwait(false)).ToDictionary(one => one.Id, one => one.Report?.Find(policy));

    private static string? FaultOf(string[] agents, Dictionary<string, PolicyReport?> reports, Wave wave)
    {
        foreach (string agent in agents)
        {
            if (reports.GetValueOrDefault(agent) is { State: PolicyStates.Returned or PolicyStates.Failed } report
                && report.FailedVersion == wave.Version && (wave.Id.Length == 0 || report.Wave == wave.Id))
                return $"agent {agent}: {report.Error}";
        }

        return null;
    }

    private Task<GroupState> Halt(string group, string policy, string id) => changes.Set(
        group, policy,
        before => before?.Wave?.Id != id ? before : before.Version == 0 ? null : before with { Wave = null },
        CancellationToken.None);
}
