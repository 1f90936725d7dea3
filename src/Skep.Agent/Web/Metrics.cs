using System.Globalization;
using Skep.Agent.History;
using Skep.Bpf;
using Skep.Filter.Runtime.Tables;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Linux.Time;

namespace Skep.Agent.Web;

/// <summary>
/// What the machine does, as metrics. There are no more than a bounded number of series: of what there may be any number, the dearest have
/// their own, and the rest is summed as <c>other</c>.
/// </summary>
/// <param name="queue">Events, by command.</param>
/// <param name="counters">What became of events.</param>
/// <param name="config">Where the database is.</param>
/// <param name="others">Writes those of other parts of the agent.</param>
internal sealed class Metrics(
    EventQueue queue, Func<RunCounters> counters, Config.AgentConfig config, params Action<IMetricWriter>[] others)
{
    private const int MostPrograms = 300, MostMaps = 300, MostRules = 500;
    private const double NanosecondsPerSecond = 1e9;
    private const string Other = "other";

    private readonly BootClock _clock = new();
    private readonly ProgramNames _names = new();

    /// <summary>Writes all of them.</summary>
    public void Write(IMetricWriter text)
    {
        WriteEvents(text);
        WritePrograms(text);
        WriteMaps(text);
        WriteTables(text, AppliedTable.ReadAll(static (_, _) => { }));
        foreach (Action<IMetricWriter> write in others) write(text);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private void WriteEvents(IMetricWriter text)
    {
        text.Counter("skep_events_total", "BPF system calls and attachments that were seen, by command and result.");
        foreach ((string command, bool failed, long count) in queue.ByCommand.OrderBy(one => one.Command, StringComparer.Ordinal))
            text.Value(count, ("cmd", command), ("result", failed ? "error" : "ok"));
        RunCounters now = counters();
        text.Counter("skep_events_lost_total", "Events that were lost, by where.");
        text.Value(now.LostKernel, ("cause", "kernel"));
        text.Value(now.DroppedQueue, ("cause", "queue"));
        text.Value(now.DroppedStore, ("cause", "store"));
        text.Counter("skep_events_stored_total", "Events that are in the database.");
        text.Value(now.Stored);
        text.Gauge("skep_events_pending", "Events that wait to be stored.");
        text.Value(now.Pending);
        text.Gauge("skep_database_bytes", "Bytes of the database.");
        text.Value(Linux.Files.PrivateFile.Length(config.DatabasePath) ?? 0);
    }

    private void WritePrograms(IMetricWriter text)
    {
        List<ProgramEntry> all = [.. ObjectWalk.Programs(_clock).Select(one => one.Entry).OfType<ProgramEntry>()];
        ProgramEntry[] own = [.. all.OrderByDescending(p => p.Info.RunTimeNs).ThenBy(p => p.Info.Id).Take(MostPrograms)];
        HashSet<uint> shown = [.. own.Select(p => p.Info.Id)];
        ProgramEntry[] rest = [.. all.Where(p => !shown.Contains(p.Info.Id))];
        text.Gauge("skep_programs", "Loaded BPF programs, by type.");
        foreach (IGrouping<BpfProgramType, ProgramEntry> type in all.GroupBy(p => p.Info.Type).OrderBy(g => g.Key))
            text.Value(type.Count(), ("type", type.Key.Name()));
        text.Info("skep_program_info", "Loaded BPF programs; of very many, those that ran longest.");
        foreach (ProgramEntry one in own)
            text.Value(1, ("id", Text(one.Info.Id)), ("name", one.Name), ("type", one.Info.Type.Name()), ("tag", one.Info.Tag));
        text.Counter("skep_program_runs_total", "Runs of BPF programs, counted while the statistics of the kernel are on.");
        foreach (ProgramEntry one in own) text.Value(one.Info.RunCount, ("id", Text(one.Info.Id)), ("name", one.Name));
        if (rest.Length > 0) text.Value(rest.Sum(p => (double)p.Info.RunCount), ("id", Other), ("name", Other));
        text.Counter("skep_program_run_seconds_total", "Seconds that they took.");
        foreach (ProgramEntry one in own)
            text.Value(one.Info.RunTimeNs / NanosecondsPerSecond, ("id", Text(one.Info.Id)), ("name", one.Name));
        if (rest.Length > 0) text.Value(rest.Sum(p => p.Info.RunTimeNs / NanosecondsPerSecond), ("id", Other), ("name", Other));
    }

    private static void WriteMaps(IMetricWriter text)
    {
        List<MapEntry> all = [.. ObjectWalk.Maps().Select(one => one.Entry).OfType<MapEntry>()];
        MapEntry[] own = [.. all.OrderByDescending(map => map.Memlock ?? 0).ThenBy(map => map.Info.Id).Take(MostMaps)];
        text.Gauge("skep_maps", "BPF maps, by type.");
        foreach (IGrouping<BpfMapType, MapEntry> type in all.GroupBy(map => map.Info.Type).OrderBy(g => g.Key))
            text.Value(type.Count(), ("type", type.Key.Name()));
        text.Info("skep_map_info", "BPF maps; of very many, the largest.");
        foreach (MapEntry one in own)
        {
            text.Value(
                1, ("id", Text(one.Info.Id)), ("name", one.Info.Name), ("type", one.Info.Type.Name()),
                ("max_entries", Text(one.Info.MaxEntries)));
        }

        text.Gauge("skep_map_bytes", "Bytes of kernel memory of BPF maps.");
        foreach (MapEntry one in own) text.Value(one.Memlock ?? 0, ("id", Text(one.Info.Id)), ("name", one.Info.Name));
        if (all.Count > own.Length)
        {
            double rest = all.Sum(map => (double)(map.Memlock ?? 0)) - own.Sum(map => (double)(map.Memlock ?? 0));
            text.Value(rest, ("id", Other), ("name", Other));
        }
    }

    private static void WriteTables(IMetricWriter text, IReadOnlyList<AppliedTable> tables)
    {
        if (tables.Count == 0) return;
        var rules = tables.Select(table => (
            table.Name, Own: table.Rules.OrderByDescending(rule => rule.Count.Packets).Take(MostRules).ToArray(),
                All: table.Rules)).ToList();
        text.Counter("skep_filter_rule_packets_total", "Packets that rules of packet filters hit.");
        WriteRules(text, rules, rule => rule.Count.Packets);
        text.Counter("skep_filter_rule_bytes_total", "Their bytes.");
        WriteRules(text, rules, rule => rule.Count.Bytes);
        text.Counter("skep_filter_action_packets_total", "Packets by what packet filters did with them, on all devices of a table.");
        foreach (AppliedTable table in tables)
        {
            string devices = string.Join(',', table.Devices.Select(device => device.Device));
            foreach ((string action, Filter.Runtime.Maps.Counter count) in table.Actions)
                text.Value(count.Packets, ("table", table.Name), ("device", devices), ("action", action));
        }
    }

    private static void WriteRules(
        IMetricWriter text, List<(string Table, CountedRule[] Own, IReadOnlyList<CountedRule> All)> rules, Func<CountedRule, ulong> count)
    {
        foreach ((string table, CountedRule[] own, IReadOnlyList<CountedRule> all) in rules)
        {
            foreach (CountedRule rule in own) text.Value(count(rule), ("table", table), ("rule", rule.Id));
            if (all.Count == own.Length) continue;
            double rest = all.Sum(rule => (double)count(rule)) - own.Sum(rule => (double)count(rule));
            text.Value(rest, ("table", table), ("rule", Other));
        }
    }
}
