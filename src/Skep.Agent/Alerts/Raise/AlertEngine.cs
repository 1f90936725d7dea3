using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Skep.Agent.Alerts.Rules;
using Skep.Agent.Explain;
using Skep.Agent.History;
using Skep.Guard.Model;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;
using Skep.Watch.Events;

namespace Skep.Agent.Alerts.Raise;

/// <summary>
/// Judges events and samples by the rules of alerts, on a thread of its own. What waits has a bound: what finds no room is not judged, and
/// is counted. Neither rules nor targets ever hold up the watch.
/// </summary>
internal sealed class AlertEngine : IDisposable
{
    private const long MostWaitingBytes = 16 << 20;
    private const int MostWaiting = 20_000, MostUnstored = 10_000, MostKnownLoads = 1 << 16;
    private static readonly TimeSpan TurnEvery = TimeSpan.FromMilliseconds(250);

    // The event of a load may come after the look that finds the program.
    private static readonly TimeSpan EventTakes = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly KnownPrograms _known;
    private readonly EventAlerts _events;
    private readonly MeasuredAlerts _measured = new();
    private readonly RepeatedAlerts _repeated = new();
    private readonly Func<Action<HistoryWriter>, bool> _store;
    private readonly Action<RaisedAlert, byte[]> _send;
    private readonly Action<string> _report;
    private readonly bool _isFirst;
    private readonly string? _host;
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly Thread _thread;
    private readonly HashSet<uint> _loads = [];
    private readonly List<(long Since, ProgramEntry Program)> _found = [];
    private readonly List<AlertRow> _raised = [];
    private readonly Dictionary<(long, string, string), AlertRepeats> _repeats = [];
    private List<Action> _waiting = [];
    private IReadOnlyDictionary<uint, ProgramEntry> _programs = new Dictionary<uint, ProgramEntry>();
    private volatile IReadOnlyList<AlertRule> _rules;
    private volatile GuardOperations _wanted;
    private long _bytes, _unjudged, _raisedCount;
    private bool _hasFailed;

    /// <param name="rules">The rules.</param>
    /// <param name="kernel">The kernel that programs are for.</param>
    /// <param name="database">The database.</param>
    /// <param name="isFirst">Whether no agent ran on the machine before.</param>
    /// <param name="host">The machine's name.</param>
    /// <param name="store">Has something stored; false when too much waits.</param>
    /// <param name="send">Sends an alert, with its JSON; does not wait.</param>
    /// <param name="report">Takes what goes wrong.</param>
    public AlertEngine(
        IReadOnlyList<AlertRule> rules, TargetKernel kernel, string database, bool isFirst, string? host,
        Func<Action<HistoryWriter>, bool> store, Action<RaisedAlert, byte[]> send, Action<string> report)
    {
        (_rules, _wanted) = (rules, EventAlerts.Wanted(rules));
        (_isFirst, _host, _store, _send, _report) = (isFirst, host, store, send, report);
        _known = new KnownPrograms(database);
        _events = new EventAlerts(kernel, new LoadExplainer(kernel), _known);
        _thread = new Thread(Run) { IsBackground = true, Name = "alerts" };
    }

    /// <summary>Alerts that were raised, and events that were not judged.</summary>
    public (long Raised, long Unjudged) Counts => (Interlocked.Read(ref _raisedCount), Interlocked.Read(ref _unjudged));

    /// <summary>Begins.</summary>
    public void Start() => _thread.Start();

    /// <summary>Goes by other rules from now on.</summary>
    public void Use(IReadOnlyList<AlertRule> rules) => (_rules, _wanted) = (rules, EventAlerts.Wanted(rules));

    /// <summary>Takes an event, on the thread of the watch.</summary>
    /// <param name="e">The event.</param>
    /// <param name="json">Its JSON.</param>
    public void Take(BpfEvent e, byte[] json)
    {
        if ((_wanted & OperationNames.OfCommand(e.Command)) == 0) return;
        int bytes = json.Length + (e.Program?.Code?.Bytes.Length ?? 0) + 512;
        Add(bytes, () =>
        {
            if (e is { Command: "prog_load", Failed: false, Program.Id: { } id })
            {
                if (_loads.Count >= MostKnownLoads) _loads.Clear();
                _loads.Add(id);
            }

            if (_events.Judge(_rules, e, json) is { } alert) Raise(alert);
        });
    }

    /// <summary>Takes which programs there are.</summary>
    public void Take(IReadOnlyList<ProgramEntry> programs) => Add(0, () =>
    {
        _programs = programs.DistinctBy(program => program.Info.Id).ToDictionary(program => program.Info.Id);
        foreach (ProgramEntry program in programs) _events.Know(program);
    });

    /// <summary>Takes programs that a look has found first.</summary>
    public void TakeFound(IReadOnlyList<ProgramEntry> found)
    {
        if (found.Count == 0 || (_wanted & GuardOperations.ProgLoad) == 0) return;
        Add(0, () => _found.AddRange(found.Select(program => (Stopwatch.GetTimestamp(), program))));
    }

    /// <summary>Takes what programs ran.</summary>
    public void Take(IReadOnlyList<UsageSample> samples) => Add(0, () =>
    {
        foreach (RaisedAlert alert in MeasuredAlerts.Judge(_rules, samples, _programs)) Raise(alert);
    });

    /// <summary>Takes what rules of packet filters have counted.</summary>
    /// <param name="samples">The counters that have changed.</param>
    /// <param name="timeNs">When they were read.</param>
    public void Take(IReadOnlyList<FilterSample> samples, long timeNs) =>
        Add(0, () => _measured.Judge(_rules, samples, timeNs).ForEach(Raise));

    /// <summary>Judges what waits, and ends.</summary>
    public void Stop()
    {
        _stop.Set();
        if (_thread.IsAlive) _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        _known.Dispose();
    }

    private void Add(int bytes, Action judge)
    {
        lock (_lock)
        {
            if (_bytes + bytes > MostWaitingBytes || _waiting.Count >= MostWaiting)
            {
                Interlocked.Increment(ref _unjudged);
                return;
            }

            _bytes += bytes;
            _waiting.Add(judge);
        }
    }

    private void Run()
    {
        bool last;
        do
        {
            last = _stop.WaitOne(TurnEvery);
            List<Action> waiting;
            lock (_lock)
            {
                (waiting, _waiting) = (_waiting, []);
                _bytes = 0;
            }

            foreach (Action judge in waiting) Guarded(judge);
            Guarded(() => JudgeFound(last));
            if (_raised.Count + _repeats.Count > 0) Store();
        }
        while (!last);
    }

    // Whatever a process has done, and whatever the disk does: those behind it are judged.
    private void Guarded(Action judge)
    {
        try
        {
            judge();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Interlocked.Increment(ref _unjudged);
            if (!_hasFailed) _report($"judging by the rules of alerts: {(e is SqliteException ? "the database: " : "")}{e.Message}");
            _hasFailed = true;
        }
    }

    private void JudgeFound(bool last)
    {
        for (int i = _found.Count - 1; i >= 0; i--)
        {
            (long since, ProgramEntry program) = _found[i];
            if (!last && Stopwatch.GetElapsedTime(since) < EventTakes) continue;
            _found.RemoveAt(i);
            if (_loads.Contains(program.Info.Id)) continue;
            if (_events.Judge(_rules, program, _isFirst) is { } alert) Raise(alert);
        }
    }

    private void Raise(RaisedAlert alert)
    {
        Interlocked.Increment(ref _raisedCount);
        if (_repeated.Take(alert.Rule, alert.Subject, alert.TimeNs, out long first) is not { } notSent)
        {
            (long, string, string) key = (first, alert.Rule.Name, alert.Subject);
            long count = _repeats.TryGetValue(key, out AlertRepeats before) ? before.Count : 0;
            _repeats[key] = new(first, alert.Rule.Name, alert.Subject, Math.Max(alert.TimeNs, before.LastNs), count + 1);
            return;
        }

        alert = alert with { Host = _host, Repeated = notSent };
        byte[] json = alert.ToJson();
        if (_raised.Count < MostUnstored)
            _raised.Add(new(alert.TimeNs, alert.Rule.Name, alert.Rule.Severity.ToString().ToLowerInvariant(), alert.Subject, json));
        _send(alert, json);
    }

    private void Store()
    {
        AlertRow[] raised = [.. _raised];
        AlertRepeats[] repeats = [.. _repeats.Values];
        if (!_store(writer => writer.Store(raised, repeats))) return;
        _raised.Clear();
        _repeats.Clear();
    }
}
