using System.Text.Json;
using Skep.Agent.History;
using Skep.Agent.Web;
using Skep.Bpf;
using Skep.Guard.Kernel;
using Skep.Guard.Model;

namespace Skep.Agent.Host;

/// <summary>Takes what guard denied and reported from where the kernel keeps it, stores and exports it.</summary>
/// <param name="stored">The number of the last one that is stored; null for none.</param>
/// <param name="store">Has some stored, and calls back whether they are; false when it takes none now.</param>
/// <param name="export">Takes each as JSON.</param>
internal sealed class DecisionLooks(
    long? stored, Func<IReadOnlyList<DecisionRow>, Action<bool>, bool> store, Action<byte[]> export)
{
    // What a disk that takes nothing keeps in memory.
    private const int MostWaiting = 4096;

    private readonly GuardLogCursor _cursor = new((ulong?)stored);
    private readonly Lock _lock = new();
    private List<DecisionRow> _waiting = [];
    private bool _isStoring;
    private long _seen, _stored, _dropped;

    /// <summary>Takes what has come.</summary>
    public void Read()
    {
        if (!GuardLog.Exists) return;
        using var log = new GuardLog();
        List<DecisionRow> come = [.. _cursor.Read(log).Select(RowOf)];
        foreach (DecisionRow one in come) export(one.Json);
        lock (_lock)
        {
            _seen += come.Count;
            _waiting.AddRange(come);
            int tooMany = Math.Max(0, _waiting.Count - MostWaiting);
            _dropped += tooMany;
            _waiting.RemoveRange(0, tooMany);
            if (_waiting.Count == 0 || _isStoring) return;
            List<DecisionRow> now = _waiting;
            _isStoring = store(now, done => Stored(now, done));
            if (_isStoring) _waiting = [];
        }
    }

    /// <summary>Writes what became of them, as a part of the status: captured = stored + pending + what is lost.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        lock (_lock)
        {
            long overwritten = (long)_cursor.Overwritten;
            json.WriteStartObject("guard_decisions");
            json.WriteNumber("captured", _seen + overwritten);
            json.WriteNumber("stored", _stored);
            json.WriteNumber("pending", _seen - _stored - _dropped);
            json.WriteStartObject("dropped");
            json.WriteNumber("overwritten", overwritten);
            json.WriteNumber("store", _dropped);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    /// <summary>Writes how often policies decided what, as the kernel counts it.</summary>
    public static void WriteTo(IMetricWriter text)
    {
        AppliedGuard[] deciding = [.. AppliedGuard.ReadAll().Where(guard => guard.IsDeciding)];
        if (deciding.Length == 0) return;
        var counts = new SortedDictionary<(string Policy, GuardAction Action), ulong>();
        foreach ((Policy policy, IReadOnlyList<ulong> rules, ulong byDefault) in deciding.SelectMany(guard => guard.ReadPolicies()))
        {
            void Add(GuardAction action, ulong count) =>
                counts[(policy.Name, action)] = counts.GetValueOrDefault((policy.Name, action)) + count;
            Add(policy.Default, byDefault);
            for (int i = 0; i < rules.Count; i++) Add(policy.Rules[i].Action, rules[i]);
        }

        text.Counter("skep_guard_decisions_total", "Decisions of guard since the policies were applied, by policy and decision.");
        foreach (((string policy, GuardAction action), ulong count) in counts)
            text.Value(count, ("policy", policy), ("decision", action.Name()));
        GuardCounters all = GuardLog.ReadCounters();
        text.Counter("skep_guard_unjudged_total", "Operations that guard had no room to judge.");
        text.Value(all.Unjudged);
    }

    private void Stored(List<DecisionRow> rows, bool done)
    {
        lock (_lock)
        {
            _isStoring = false;
            if (done) _stored += rows.Count;
            else _waiting.InsertRange(0, rows);
        }
    }

    private static DecisionRow RowOf(GuardDecision one)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) GuardDecisionText.Write(json, one);
        var line = new StringWriter { NewLine = "" };
        GuardDecisionText.Write(line, one);
        return new(
            (long)one.Number, one.TimeNs, one.Action.Name(), one.Policy, GuardDecisionText.NameOf(one),
            one.ProgramType?.Name() ?? one.MapType?.Name(), one.Comm, one.Unit, one.Uid, line.ToString(), bytes.ToArray());
    }
}
