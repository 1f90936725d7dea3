using System.Globalization;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Log;
using Skep.Filter.Model;

namespace Skep.Filter.Load;

/// <summary>What to apply a table to.</summary>
/// <param name="Devices">The devices by name.</param>
/// <param name="Netns">Their network namespace by name, process id or path; empty for the process's own.</param>
/// <param name="Replace">Whether a program of somebody else on a device may be pushed out.</param>
/// <param name="Sketches">What to note of all packets.</param>
public sealed record ApplyRequest(IReadOnlyList<string> Devices, string Netns, bool Replace, Sketches Sketches = Sketches.None);

/// <summary>Puts tables onto devices: all devices or none, with no moment in which a device that had rules has none.</summary>
public static class FilterApplier
{
    /// <summary>Applies a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="request">The devices.</param>
    /// <param name="say">Takes what is worth saying: a fall back to generic mode.</param>
    /// <exception cref="FilterCompileException">It cannot be compiled.</exception>
    /// <exception cref="BpfException">The kernel refused something; the devices are as they were.</exception>
    /// <exception cref="InvalidDataException">A device carries another's program.</exception>
    public static void Apply(Table table, ApplyRequest request, Action<string> say)
    {
        if (request.Netns.Length == 0)
        {
            Run(table, request, say);
            return;
        }
        using var netns = NetworkNamespace.Open(request.Netns);
        netns.Run(() =>
        {
            Run(table, request, say);
            return true;
        });
    }

    private static void Run(Table table, ApplyRequest request, Action<string> say)
    {
        var devices = request.Devices.Distinct().ToDictionary(d => d, XdpDevice.IndexOf);
        var store = new TableStore(table.Name);
        store.Prepare();
        var links = store.OpenLinks();
        try
        {
            var previous = links.Count == 0 ? 0 : links[0].Info.ProgramId;
            var before = previous == 0 ? null : store.ReadState(previous);
            using var old = before is null ? null : BpfMap.TryOpenById(before.RulesMap, out _);
            var counters = CounterPlan.Of(table, before, old);
            using var log = LogMaps.TryOpen(previous);
            var now = LoadedFilter.Now;
            var compiled = FilterCompiler.Compile(FilterPlan.Of(table, counters.Capacity, request.Sketches, MultiBuffer.IsSupported), counters.Slots);
            if (counters.Reuses) counters.ClearNew(table, before!, old!);
            using var loaded = LoadedFilter.Load(compiled, table.Name, now, XdpDevice.IndexOf, planned => planned.Role switch
            {
                MapRole.Rules when counters.Reuses => old!.Duplicate(),
                MapRole.Totals when before is not null => BpfMap.TryOpenById(before.TotalsMap, out _),
                MapRole.Sockets => store.OpenSockets(),
                _ => log?.Duplicate(planned.Role),
            });
            store.KeepSockets(loaded.Find(MapRole.Sockets));
            var id = loaded.Program.GetInfo().Id;
            store.WriteState(id, Describe(table, loaded, before, counters, old));
            var attached = new DeviceAttachment(store, loaded.Program, table, request, say).Attach(devices, links, before);

            RedirectTargets.Prepare(loaded, attached, say);

            // The program before counted until it was replaced.
            store.WriteState(id, Describe(table, loaded, before, counters, old) with { Devices = attached });
            store.KeepState(id);
        }
        finally
        {
            foreach (var (_, link, _) in links) link.Dispose();
        }
    }

    private static AppliedState Describe(Table table, LoadedFilter loaded, AppliedState? before, CounterPlan counters, BpfMap? old)
    {
        var carried = new Dictionary<string, Counter>();
        foreach (var rule in before?.Rules ?? []) carried[rule.Id] = new(rule.Packets, rule.Bytes);
        if (before is not null && !counters.Reuses && old is not null)
        {
            var counted = FilterCounters.ReadRules(old, [.. before.Rules.Select(r => r.Slot)]);
            for (var i = 0; i < counted.Length; i++) carried[before.Rules[i].Id] += counted[i];
        }
        var rules = table.Rules.Select((rule, i) =>
        {
            var start = carried.GetValueOrDefault(rule.Id);
            return new AppliedRule(rule.Id, rule.Line, RuleFormatter.Format(rule), counters.Slots[i], start.Packets, start.Bytes)
            {
                Verdict = RuleFormatter.Format(rule.Verdict),
                Logs = rule.Statements.Any(s => s is LogStatement),
            };
        });
        return new()
        {
            Table = table.Name,
            Policy = table.Policy == VerdictKind.Drop ? "drop" : "pass",
            Rules = [.. rules],
            Sets = [.. table.Sets.Select(s => AppliedSet.Of(s, loaded.Filter.Plan.FindSet(s.Name)))],
            RulesMap = loaded.Maps[0].Info.Id,
            TotalsMap = loaded.Maps[1].Info.Id,
            Devices = before?.Devices ?? [],
            Sketches = loaded.Filter.Plan.Sketches,
        };
    }

    /// <summary>The name of the pin of a device's link.</summary>
    internal static string PinOf(uint index) =>
        string.Create(CultureInfo.InvariantCulture, $"link-{NamespaceNumber()}-{index}");

    // The link of proc(5) /proc/thread-self/ns/net: net:[4026531840].
    private static string NamespaceNumber() =>
        new([.. (new FileInfo("/proc/thread-self/ns/net").LinkTarget ?? "").Where(char.IsAsciiDigit)]);
}
