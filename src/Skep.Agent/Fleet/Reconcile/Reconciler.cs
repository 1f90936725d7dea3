using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Enforce;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;

namespace Skep.Agent.Fleet.Reconcile;

/// <summary>
/// Brings what a machine enforces to what its groups are to enforce, by level: by what is and what should be, not by what happened. What
/// cannot be read, verified or applied changes nothing.
/// </summary>
internal sealed class Reconciler
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(15), AgainAtMost = TimeSpan.FromMinutes(5);

    private readonly FleetIdentity _identity;
    private readonly PolicyLoader _loader;
    private readonly IEnforcer _enforcer;
    private readonly PartChanges _changes;
    private readonly TrialHealth _health;
    private readonly Action<FleetState> _save;
    private readonly Func<long> _bootNs;
    private readonly Dictionary<string, FailedPolicy> _failed = [];
    private readonly List<string> _errors = [];
    private FleetState _state;
    private string? _unsaved;

    /// <param name="identity">Whom it is for.</param>
    /// <param name="loader">Gets policies.</param>
    /// <param name="enforcer">Enforces them.</param>
    /// <param name="health">Judges versions that are tried.</param>
    /// <param name="state">What is remembered.</param>
    /// <param name="save">Remembers it.</param>
    /// <param name="bootNs">CLOCK_BOOTTIME.</param>
    public Reconciler(
        FleetIdentity identity, PolicyLoader loader, IEnforcer enforcer, TrialHealth health, FleetState state, Action<FleetState> save,
        Func<long> bootNs)
    {
        (_identity, _loader, _enforcer, _health, _save, _bootNs) = (identity, loader, enforcer, health, save, bootNs);
        _state = state.Of(identity.Source);
        _changes = new PartChanges(enforcer, policy => policy.Manifest is { } manifest ? _loader.Kept(manifest) : null);
    }

    /// <summary>What is remembered.</summary>
    public FleetState State => _state;

    /// <summary>Whether a version is tried, which is looked at often.</summary>
    public bool IsTrying => _state.Policies.Any(one => one.Trial is not null);

    /// <summary>Whether the store did not give what there was to apply.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>Puts in force again what the machine has lost by a boot.</summary>
    public void Restore()
    {
        if (_state.Boot == _identity.Boot) return;
        foreach (EnforcedPolicy policy in _state.Policies.ToArray())
        {
            if (policy.Trial is { } trial) End(trial, policy, "the machine was booted");
            Set(policy with { Parts = [], Trial = null });
        }

        Save(_state with { Boot = _identity.Boot });
        foreach (EnforcedPolicy policy in _state.Policies.ToArray())
        {
            if (policy.Manifest is not { } manifest) continue;
            try
            {
                CheckedPolicy kept = _loader.Kept(manifest)
                    ?? throw new InvalidDataException($"policy {policy.Name}: its files are not kept");
                Put(policy.Name, manifest, policy.Sha256, kept);
            }
            catch (Exception e) when (e is EnforceException || FleetException.MayPass(e))
            {
                Fail(policy.Name, manifest.Version, policy.Sha256, e.Message);
            }
        }
    }

    /// <summary>Does what there is to do.</summary>
    /// <param name="read">The states of the groups; null when they cannot be read: those that are remembered are gone by.</param>
    /// <param name="stop">Ends it.</param>
    public async Task Step(FleetRead? read, CancellationToken stop)
    {
        IsBehind = false;
        if (_unsaved is not null) Save(_state);
        if (read is not null)
        {
            _errors.Clear();
            _errors.AddRange(read.Errors);
            Accept(read.Groups);
        }

        Dictionary<string, PolicyTarget> targets = Targets();
        foreach (EnforcedPolicy gone in _state.Policies.Where(one => !targets.ContainsKey(one.Name)).ToArray())
            await Guarded(gone.Name, 0, "", () => Task.Run(() => Remove(gone), stop)).ConfigureAwait(false);
        foreach (PolicyTarget target in targets.Values)
        {
            Wave? wave = WaveOf(target);
            await Guarded(
                target.Name, wave?.Version ?? target.Version, wave?.Sha256 ?? target.Sha256,
                () => Reconcile(target, wave, stop)).ConfigureAwait(false);
        }
    }

    /// <summary>What it enforces, and cannot.</summary>
    public AgentReport Report(string time) => new(
        _identity.Id, time,
        [
            .. _identity.Groups.Select(group =>
                new SeenGroup(group, _state.Groups.FirstOrDefault(one => one.Group == group)?.Generation ?? 0)),
        ],
        [
            .. _state.Policies.Select(one => one.Name).Union(_failed.Keys)
                .Union(_state.EndedWaves.Where(one => !one.IsPast).Select(one => one.Policy).Where(IsWanted))
                .Order(StringComparer.Ordinal).Select(ReportOf),
        ],
        _unsaved is null ? [.. _errors] : [.. _errors, _unsaved]);

    private void Accept(IReadOnlyList<GroupState> read)
    {
        var groups = _state.Groups.Where(one => _identity.Groups.Contains(one.Group)).ToDictionary(one => one.Group);
        foreach (GroupState state in read)
        {
            long seen = groups.GetValueOrDefault(state.Group)?.Generation ?? 0;
            if (state.Generation >= seen) groups[state.Group] = state;
            else
                _errors.Add($"group {state.Group}: the store has generation {state.Generation}, which is before {seen}: what is enforced "
                    + "stays (skep fleet push or rollback makes a later one)");
        }

        Save(_state with { Groups = [.. _identity.Groups.Where(groups.ContainsKey).Select(group => groups[group])] });
    }

    private Dictionary<string, PolicyTarget> Targets()
    {
        var targets = new Dictionary<string, PolicyTarget>();
        foreach (GroupState group in _state.Groups)
        {
            foreach (PolicyTarget target in group.Policies)
            {
                if (!targets.TryAdd(target.Name, target) && targets[target.Name] != target)
                    _errors.Add($"policy {target.Name}: group {group.Group} wants another version than a group before it");
            }
        }

        return targets;
    }

    private Wave? WaveOf(PolicyTarget target) =>
        target.Wave is { } wave && wave.Agents.Contains(_identity.Id) && !_state.EndedWaves.Any(one => one.Id == wave.Id) ? wave : null;

    private async Task Guarded(string policy, long version, string sha256, Func<Task> work)
    {
        if (_failed.GetValueOrDefault(policy) is { } failed && failed.Sha256 == sha256 && Environment.TickCount64 < failed.AgainAt) return;
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (FleetException e)
        {
            _errors.Add(e.Message);
            IsBehind = true;
        }
        catch (Exception e) when (e is EnforceException || FleetException.MayPass(e))
        {
            Fail(policy, version, sha256, e.Message);
        }
    }

    private async Task Reconcile(PolicyTarget target, Wave? wave, CancellationToken stop)
    {
        EnforcedPolicy? now = _state.Find(target.Name);
        if (now?.Trial is { } trial)
        {
            if (target.Sha256 == trial.Sha256)
            {
                Promote(now, trial);
                now = _state.Find(target.Name);
            }
            else if (wave?.Id != trial.Wave)
            {
                Return(now, trial, "the rollout was halted");
                now = _state.Find(target.Name);
            }
            else
            {
                if (_bootNs() >= trial.UntilBootNs) Return(now, trial, "it was not confirmed in time");
                else if (_health.FaultOf(trial.Wave, wave.Health) is { } fault) Return(now, trial, fault);
                return;
            }
        }

        if (wave is not null && wave.Sha256 != now?.Sha256)
        {
            await Try(target, wave, now, stop).ConfigureAwait(false);
            return;
        }

        if (target.Version > 0 && target.Sha256 != now?.Sha256)
        {
            PolicyManifest manifest = await _loader.Manifest(target, stop).ConfigureAwait(false);
            CheckedPolicy policy = await _loader.Load(manifest, stop).ConfigureAwait(false);
            Check(policy);
            await Task.Run(() => Put(target.Name, manifest, target.Sha256, policy), stop).ConfigureAwait(false);
        }

        if (now is null || target.Sha256 == _state.Find(target.Name)?.Sha256) _failed.Remove(target.Name);
    }

    private async Task Try(PolicyTarget target, Wave wave, EnforcedPolicy? now, CancellationToken stop)
    {
        try
        {
            var tried = new PolicyTarget(target.Name, wave.Version, wave.Sha256);
            PolicyManifest manifest = await _loader.Manifest(tried, stop).ConfigureAwait(false);
            CheckedPolicy policy = await _loader.Load(manifest, stop).ConfigureAwait(false);
            Check(policy);
            if (wave.Health is { } text && TrialHealth.FaultIn(text) is { } fault) throw new InvalidDataException(fault);
            TimeSpan time = TimeSpan.FromSeconds(Math.Clamp(wave.ConfirmSeconds, 1, 86400));
            long until = _bootNs() + (long)time.TotalMilliseconds * 1_000_000;
            IReadOnlyList<PartMark> parts =
                await Task.Run(() => _changes.Apply(policy, now, Others(target.Name), time), stop).ConfigureAwait(false);
            _health.Begin(wave.Id);
            _failed.Remove(target.Name);
            now ??= new(target.Name, null, "", []);
            Save(_state.With(now with { Trial = new(wave.Id, manifest, wave.Sha256, parts, until) }));
        }
        catch (Exception e) when (e is EnforceException or InvalidDataException)
        {
            Save(_state.WithEnded(new(wave.Id, target.Name, wave.Version, e.Message)));
        }
    }

    private void Promote(EnforcedPolicy now, TrialPolicy trial)
    {
        IReadOnlyList<PartMark> parts;
        try
        {
            parts = _changes.Confirm(trial.Parts);
        }
        catch (EnforceException)
        {
            // It has returned by itself; the version is that of the group now, and is applied as such.
            Return(now, trial, "it was confirmed too late");
            return;
        }

        Adopt(now, trial.Manifest, trial.Sha256, parts, _loader.Kept(trial.Manifest)?.Parts);
    }

    private void Put(string name, PolicyManifest manifest, string sha256, CheckedPolicy policy)
    {
        EnforcedPolicy now = _state.Find(name) ?? new(name, null, "", []);
        IReadOnlyList<PartMark> parts = _changes.Apply(policy, now.Parts.Count == 0 ? null : now, Others(name), null);
        Adopt(now, manifest, sha256, parts, policy.Parts);
    }

    // What a version does not have any more ends when the new parts are in force.
    private void Adopt(
        EnforcedPolicy now, PolicyManifest manifest, string sha256, IReadOnlyList<PartMark> changed, IReadOnlyList<CheckedPart>? parts)
    {
        HashSet<string> has = [.. (parts ?? []).Select(part => part.Key)];
        PartMark[] gone = parts is null ? [] : [.. now.Parts.Where(one => !has.Contains(one.Key))];
        PartMark[] kept = [.. now.Parts.Where(one => !gone.Contains(one) && changed.All(other => other.Key != one.Key))];
        var adopted = new EnforcedPolicy(now.Name, manifest, sha256, [.. kept, .. changed]);
        Set(adopted);
        _state = _state.WithPast(now.Name);
        Share(changed);
        Save(_state);
        Share(_changes.Remove(gone, Others(now.Name)));
        _failed.Remove(now.Name);
        Save(_state);
        _loader.DropBut(_state.Policies.SelectMany(one => (PolicyManifest?[])[one.Manifest, one.Trial?.Manifest]).OfType<PolicyManifest>());
    }

    private void Return(EnforcedPolicy now, TrialPolicy trial, string reason)
    {
        _changes.Return(trial.Parts, now.Manifest is { } manifest ? _loader.Kept(manifest) : null, Others(now.Name));
        End(trial, now, reason);
        Save(_state);
    }

    private void End(TrialPolicy trial, EnforcedPolicy now, string reason)
    {
        _state = _state.WithEnded(new(trial.Wave, now.Name, trial.Manifest.Version, reason));
        _health.End(trial.Wave);
        Set(now with { Trial = null });
        if (now.Manifest is null) _state = _state.Without(now.Name);
    }

    private void Remove(EnforcedPolicy policy)
    {
        if (policy.Trial is { } trial) Return(policy, trial, "the policy was removed");
        IReadOnlyList<PartMark> shared = _changes.Remove(policy.Parts, Others(policy.Name));
        _state = _state.Without(policy.Name);
        Share(shared);
        _failed.Remove(policy.Name);
        Save(_state);
    }

    private IReadOnlyList<EnforcedPolicy> Others(string policy) => [.. _state.Policies.Where(one => one.Name != policy)];

    // The policies of guard are one for the kernel: all have its mark.
    private void Share(IReadOnlyList<PartMark> changed)
    {
        foreach (PartMark part in changed.Where(part => PartKeys.TableOf(part.Key) is null))
        {
            _state = _state with
            {
                Policies =
                [
                    .. _state.Policies.Select(policy => policy with
                    {
                        Parts = [.. policy.Parts.Select(one => one.Key == part.Key ? one with { Mark = part.Mark } : one)],
                    }),
                ],
            };
        }
    }

    private PolicyReport ReportOf(string name)
    {
        EnforcedPolicy? policy = _state.Find(name);
        EndedWave? ended = _state.EndedWaves.LastOrDefault(one => one.Policy == name);
        (string? wave, string? waveSha) = (policy?.Trial?.Wave, policy?.Trial?.Sha256);
        long version = policy?.Trial?.Manifest.Version ?? policy?.Manifest?.Version ?? 0;
        var report = new PolicyReport(name, version, waveSha ?? policy?.Sha256 ?? "", PolicyStates.Applied) { Wave = wave ?? ended?.Id };
        if (policy is not null)
        {
            IEnumerable<PartMark> parts = policy.Trial is { } trial
                ? [.. policy.Parts.Where(one => trial.Parts.All(other => other.Key != one.Key)), .. trial.Parts] : policy.Parts;
            report = report with { Drift = parts.Select(part => _enforcer.DriftOf(part.Key, part.Mark)).OfType<string>().FirstOrDefault() };
        }

        if (wave is not null) return report with { State = PolicyStates.Trial, WellSeconds = _health.WellSecondsOf(wave) };
        bool isOfWave = ended is not null && _state.Groups.Any(group => group.Find(name)?.Wave?.Id == ended.Id);
        if (!isOfWave && _failed.GetValueOrDefault(name) is { } failed)
            return report with { State = PolicyStates.Failed, FailedVersion = failed.Version, Error = failed.Error };
        return ended is { IsPast: false }
            ? report with { State = PolicyStates.Returned, FailedVersion = ended.Version, Error = ended.Reason } : report;
    }

    private bool IsWanted(string policy) => _state.Groups.Any(group => group.Find(policy) is not null);

    private void Fail(string policy, long version, string sha256, string error)
    {
        TimeSpan again = _failed.GetValueOrDefault(policy) is { } before && before.Sha256 == sha256
            ? before.Again * 2 > AgainAtMost ? AgainAtMost : before.Again * 2 : AgainAfter;
        _failed[policy] = new(version, sha256, error, again, Environment.TickCount64 + (long)again.TotalMilliseconds);
    }

    private static void Check(CheckedPolicy policy)
    {
        if (policy.FirstError is { } error) throw new InvalidDataException(error);
    }

    private void Set(EnforcedPolicy policy) => _state = _state.With(policy);

    // What is enforced does not wait for a disk that is full.
    private void Save(FleetState state)
    {
        _state = state;
        try
        {
            _save(state);
            _unsaved = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _unsaved = $"what is enforced cannot be remembered: {e.Message}";
        }
    }

    private sealed record FailedPolicy(long Version, string Sha256, string Error, TimeSpan Again, long AgainAt);
}
