using Microsoft.Data.Sqlite;
using Skep.Inventory.Objects;
using Skep.Watch.Save;

namespace Skep.Agent.History;

/// <summary>
/// Writes the history of a machine. What it stores at once is one change of the database: all of it, or nothing. Used by one thread.
/// </summary>
internal sealed class HistoryWriter : IDisposable
{
    private readonly SqliteConnection _database;
    private readonly WordTable _words;
    private readonly ProgramRows _programs;
    private readonly MapRows _maps;
    private readonly AttachmentRows _attachments;
    private readonly Statement _addEvent, _alive, _usage, _filter, _alert, _repeat, _decision;
    private readonly ProgramStore _store;
    private readonly Action<string> _report;
    private readonly string _boot;
    private readonly long _run;
    private long _stored, _dropped, _aged;
    private bool _storeFailed;
    private string? _failing;

    /// <param name="path">The database.</param>
    /// <param name="programs">The directory of the code of programs.</param>
    /// <param name="run">Who writes.</param>
    /// <param name="report">Takes what goes wrong.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="InvalidDataException">It is no database of skep.</exception>
    public HistoryWriter(string path, string programs, AgentRun run, Action<string> report)
    {
        (_report, _boot) = (report, run.Boot);
        _store = new ProgramStore(programs);
        _database = HistoryDatabase.OpenToWrite(path);
        (_run, Gap) = HistoryDatabase.Reading(path, () => Begin(run));
        _words = new(_database);
        _programs = new(_database, run.Boot);
        _maps = new(_database, run.Boot);
        _attachments = new(_database, run.Boot);
        _addEvent = new(
            _database,
            "INSERT INTO events(run, time, cmd, type, comm, unit, uid, pid, failed, program, object, json) "
            + "VALUES($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", 12);
        _alive = new(
            _database,
            "UPDATE runs SET alive = $1, captured = $2, stored = $3, pending = $4, lost_kernel = $5, dropped_queue = $6, "
            + "dropped_store = $7, "
            + "ended = $8 WHERE id = $0", 9);
        _usage = new(_database, "INSERT OR REPLACE INTO usage(instance, time, period_ns, runs, ns) VALUES($0, $1, $2, $3, $4)", 5);
        _filter = new(
            _database, "INSERT OR REPLACE INTO filter(time, tab, rule, text, packets, bytes) VALUES($0, $1, $2, $3, $4, $5)", 6);
        _alert = new(_database, "INSERT INTO alerts(time, last, rule, severity, subject, json) VALUES($0, $0, $1, $2, $3, $4)", 5);
        _repeat = new(
            _database, "UPDATE alerts SET last = max(last, $3), count = count + $4 WHERE rule = $1 AND time = $0 AND subject = $2", 5);
        _decision = new(
            _database,
            "INSERT INTO decisions(boot, number, time, decision, policy, cmd, type, comm, unit, uid, text, json) "
            + "VALUES($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", 12);
        using var last = new Statement(_database, "SELECT number FROM decisions WHERE boot = $0 ORDER BY id DESC LIMIT 1", 1);
        LastDecision = last.Number(run.Boot);
    }

    /// <summary>From when to when no agent ran before this one, in nanoseconds of Unix time; null when none ran before.</summary>
    public (long From, long To, bool WasKilled)? Gap { get; }

    /// <summary>The number of the last decision of guard since the machine booted that is stored; null for none.</summary>
    public long? LastDecision { get; }

    /// <summary>Is given the SHA-256 of a program whose code was removed, or could not be kept.</summary>
    public Action<string>? CodeGone { get; init; }

    /// <summary>The database.</summary>
    internal SqliteConnection Connection => _database;

    /// <summary>Events that the database has not taken.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Events that it has.</summary>
    public long Stored => Interlocked.Read(ref _stored);

    /// <summary>Stores events, and the code that is new in them.</summary>
    /// <param name="events">The events.</param>
    /// <param name="now">The time, in nanoseconds of Unix time.</param>
    /// <param name="counters">What became of all events, given how many of them are stored now.</param>
    public void Store(IReadOnlyList<QueuedEvent> events, long now, Func<long, long, RunCounters> counters)
    {
        foreach (QueuedEvent one in events) Keep(one);
        bool done = Change(() =>
        {
            foreach (QueuedEvent one in events) Store(one.Row);
            Alive(now, counters(Stored + events.Count, Dropped), hasEnded: false);
        });
        if (done) Interlocked.Add(ref _stored, events.Count);
        else Interlocked.Add(ref _dropped, events.Count);
    }

    /// <summary>Stores what there is on the machine.</summary>
    /// <returns>The programs that no event was seen of and no look has found before.</returns>
    public IReadOnlyList<ProgramEntry> Store(MachineObjects objects)
    {
        IReadOnlyList<ProgramEntry> found = [];
        Change(() =>
        {
            found = _programs.Store(objects.Programs, objects.Memlock, objects.TimeNs);
            _maps.Store(objects.Maps, objects.TimeNs);
            if (objects.Attachments is { } attachments) _attachments.Store(attachments, _programs.InstanceOf, objects.TimeNs);
        });
        return found;
    }

    /// <summary>Stores what programs ran in a period.</summary>
    public void Store(IReadOnlyList<UsageSample> samples) => Change(() =>
    {
        foreach (UsageSample one in samples)
        {
            if (_programs.InstanceOf(one.ProgramId) is { } instance)
                _usage.Run(instance, one.TimeNs, one.PeriodNs, (long)one.Runs, (long)one.Nanoseconds);
        }
    });

    /// <summary>Stores what rules of packet filters have counted.</summary>
    public void Store(IReadOnlyList<FilterSample> samples) => Change(() =>
    {
        foreach (FilterSample one in samples)
            _filter.Run(one.TimeNs, one.Table, one.Rule, one.Text, (long)one.Packets, (long)one.Bytes);
    });

    /// <summary>Stores alerts.</summary>
    /// <param name="raised">Those that repeat none.</param>
    /// <param name="repeated">Those that do.</param>
    /// <returns>Whether they are stored.</returns>
    public bool Store(IReadOnlyList<AlertRow> raised, IReadOnlyList<AlertRepeats> repeated) => Change(() =>
    {
        foreach (AlertRow one in raised) _alert.Run(one.TimeNs, one.Rule, one.Severity, one.Subject, one.Json);
        foreach (AlertRepeats one in repeated) _repeat.Run(one.FirstNs, one.Rule, one.Subject, one.LastNs, one.Count);
    });

    /// <summary>Stores decisions of guard.</summary>
    /// <returns>Whether they are stored.</returns>
    public bool Store(IReadOnlyList<DecisionRow> decisions) => Change(() =>
    {
        foreach (DecisionRow one in decisions)
        {
            _decision.Run(
                _boot, one.Number, one.TimeNs, one.Decision, one.Policy, one.Command, one.Type, one.Comm, one.Unit, (long)one.Uid,
                one.Text, one.Json);
        }
    });

    /// <summary>Takes away some of what is older than it is to be kept, and of the oldest of what is too much.</summary>
    /// <returns>Whether there is more of it: events wait meanwhile, and are not to wait for all of it.</returns>
    public bool Retain(Retention retention, long now)
    {
        try
        {
            if (retention.RemoveOldEvents(_database, now)) return true;
            bool all = Math.Abs(now - _aged) >= retention.AgeStep;
            if (all) _aged = now;
            return retention.Apply(_database, now, all, Forget);
        }
        catch (SqliteException e)
        {
            Failed(e);
            return false;
        }
    }

    /// <summary>Notes that the run has ended as it should.</summary>
    public void End(long now, RunCounters counters) => Change(() => Alive(now, counters, hasEnded: true));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable one in (ReadOnlySpan<IDisposable>)
        [
            _addEvent, _alive, _usage, _filter, _alert, _repeat, _decision, _words, _programs, _maps, _attachments,
        ])
            one.Dispose();
        _database.Dispose();
        _store.Dispose();
    }

    private (long, (long, long, bool)?) Begin(AgentRun run)
    {
        long id = 0;
        (long, long, bool)? gap = null;
        HistoryDatabase.Change(_database, () =>
        {
            using (var last = new Statement(_database, "SELECT alive, ended FROM runs ORDER BY id DESC LIMIT 1", 0))
            using (SqliteDataReader rows = last.Rows())
                if (rows.Read()) gap = (rows.GetInt64(0), run.StartedNs, rows.IsDBNull(1));
            using var add = new Statement(
                _database, "INSERT INTO runs(boot, host, version, backend, started, alive) VALUES($0, $1, $2, $3, $4, $4) RETURNING id", 5);
            id = add.Number(run.Boot, run.Host, run.Version, (long)run.Backend, run.StartedNs)!.Value;

            // What was there before a boot is gone: when, nobody saw.
            foreach (string left in (ReadOnlySpan<string>)
            [
                "UPDATE attachments SET gone = last_seen WHERE gone IS NULL AND instance IN (SELECT id FROM instances WHERE boot <> $0)",
                "UPDATE instances SET gone = last_seen WHERE gone IS NULL AND boot <> $0",
                "UPDATE maps SET gone = last_seen WHERE gone IS NULL AND boot <> $0",
            ])
            {
                using var update = new Statement(_database, left, 1);
                update.Run(run.Boot);
            }
        });
        return (id, gap);
    }

    private void Store(EventRow e)
    {
        long? program = _programs.Store(e);
        _maps.Store(e);
        _addEvent.Run(
            _run, e.TimeNs, _words.Of(e.Command), _words.Of(e.Type), _words.Of(e.Process.Comm), _words.Of(e.Process.Unit),
            (long?)e.Process.Uid, (long)e.Process.Pid, e.Failed ? 1L : 0L, program, (long?)e.Object, e.Json);
    }

    private void Alive(long now, RunCounters counters, bool hasEnded) => _alive.Run(
        _run, now, counters.Captured, counters.Stored, counters.Pending, counters.LostKernel, counters.DroppedQueue, counters.DroppedStore,
        hasEnded ? now : (long?)null);

    private void Keep(in QueuedEvent one)
    {
        if (one.Carrier is null) return;
        try
        {
            _store.Keep(one.Carrier);
            _storeFailed = false;
        }
        catch (IOException e)
        {
            if (!_storeFailed) _report($"keeping a program: {e.Message} (the next event with it is tried)");
            _storeFailed = true;
            if (one.Row.Sha256 is { } hash) CodeGone?.Invoke(hash);
        }
    }

    private void Forget(string hash)
    {
        _store.Forget(hash);
        CodeGone?.Invoke(hash);
    }

    // A full disk takes the change back: what it was to store is dropped, and the next one is tried.
    private bool Change(Action action)
    {
        try
        {
            HistoryDatabase.Change(_database, action);
            if (_failing is { } failed) _report($"the database takes changes again (it did not: {failed})");
            _failing = null;
            return true;
        }
        catch (SqliteException e)
        {
            Failed(e);
            _words.Forget();
            try
            {
                _programs.ReadPresent();
                _maps.ReadPresent();
                _attachments.ReadPresent();
            }
            catch (SqliteException)
            {
                // The next change finds out.
            }

            return false;
        }
    }

    private void Failed(SqliteException e)
    {
        string reason = e.SqliteErrorCode == HistoryDatabase.Full ? "the disk is full" : e.Message;
        if (_failing is null) _report($"the database takes no changes: {reason} (events are dropped and counted until it does)");
        _failing = reason;
    }
}
