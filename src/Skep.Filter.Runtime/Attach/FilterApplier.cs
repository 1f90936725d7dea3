using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Puts tables onto devices: all devices or none, with no moment in which a device that had rules has none.</summary>
public static class FilterApplier
{
    /// <summary>Applies a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="request">The devices.</param>
    /// <param name="report">Takes notices: a fall back to generic mode.</param>
    /// <returns>The id of its program.</returns>
    /// <exception cref="FilterCompileException">It cannot be compiled.</exception>
    /// <exception cref="KernelException">The kernel refused something; the devices are as they were.</exception>
    /// <exception cref="InvalidDataException">A device carries another's program.</exception>
    public static uint Apply(Table table, ApplyRequest request, Action<string> report) => Apply(table.Name, _ => table, request, report);

    /// <summary>The same with a table that is made of what is kept of the one before, when no other command changes it.</summary>
    /// <param name="name">The table's name.</param>
    /// <param name="make">Makes the table; it is given null when none is applied.</param>
    /// <param name="request">The devices.</param>
    /// <param name="report">Takes messages.</param>
    internal static uint Apply(string name, Func<AppliedState?, Table> make, ApplyRequest request, Action<string> report)
    {
        using var turn = TableStore.Lock(report);
        TableRecovery.All(report);
        var store = new TableStore(name);
        if ((request.KeepsSets || request.IsTrial) && store.ReadPendingChange() is not null)
            throw new InvalidDataException(
                $"{(request.IsTrial ? "checking what apply would do to" : "changing")} table {name}: its rules wait for their "
                + $"confirmation (skep filter confirm {name} or wait)");
        try
        {
            return NetworkNamespace.RunIn(request.Netns, () => Run(store, make, request, report));
        }
        catch
        {
            TableRecovery.One(store, report);
            throw;
        }
    }

    private static uint Run(TableStore store, Func<AppliedState?, Table> make, ApplyRequest request, Action<string> report)
    {
        TableRecovery.One(store, report, returnNow: true);
        using var links = store.OpenLinks();
        var previous = links.Acting?.Info.ProgramId ?? 0;
        var before = previous == 0 ? null : store.ReadState(previous);
        var table = make(before);
        var known = before is null ? null : RuleIdUpgrade.Apply(before);
        var devices = new DeviceClaims(table, request, links, before).Claim();
        if (before is not null && SameTable.Is(table, request, devices, links, before))
        {
            if (!request.IsTrial) KeepSource(store, before, request.Source!);
            report($"table {table.Name}: unchanged");
            return previous;
        }

        using var old = before is null ? null : BpfMap.TryOpenById(before.RulesMap, out _);
        var counters = CounterPlan.Of(table, known, old);
        var now = LoadedFilter.Now;
        using var log = LogMaps.TryOpen(previous);
        var asked = request.Track ?? before?.TrackedByOption ?? Sketches.None;
        using var kept = new KeptMaps(table, known, previous, table.Track | asked);
        var planner = new KernelPlanner();
        var resolved = InterfaceIndexes.Resolve(table, devices, report);
        var kind = KindChoice.Of(table, devices, before, request.Confirm is not null);
        FilterPlan? first = null;
        using var programs = TablePrograms.Load(
            devices,
            start =>
            {
                var plan = planner.Plan(resolved, counters.Capacity, table.Track | asked, kind.HasFrags, start);
                first ??= plan;
                return FilterCompiler.Compile(plan, counters.Slots);
            },
            (compiled, shared) => LoadedFilter.Load(
                compiled, table.Name, now, XdpDevice.IndexOf, kind, shared ?? Earlier,
                plan => SetCounterMaps.Create(plan, before, previous, now)));
        var loaded = programs.First;
        var described =
            Describe(table, loaded, known, counters, request.KeepsSets) with
            {
                TrackedByOption = asked,
                Source = request.Source ?? (request.KeepsSets ? before?.Source : null),
                LacksAttachType = !kind.HasAttachType,
                Programs = programs.Ids
            };
        using var earlier = described.EarlierMap == 0 ? null : BpfMap.OpenById(described.EarlierMap);
        if (earlier is not null) programs.Bind(earlier);
        if (request.IsTrial)
        {
            TrialReport.Write(table, devices, before, report);
            return described.Programs[0];
        }

        using var edits = EditedTables.CreateMap(programs);
        if (edits is not null) described = described with { EditsMap = edits.Info.Id };

        store.Prepare(report);

        // When the rules before return, the places that those after counted in are never given again.
        if (counters.Reuses && counters.NextSlot > before!.NextSlot)
        {
            foreach (var id in before.Programs.Append(previous).Intersect(links.All.Select(l => l.Info.ProgramId)))
                EditedTables.KeepSlots(store, id, counters.NextSlot);
        }
        new TableChange(store, table.Mode, report)
            .Perform(devices, previous, described.Programs[0], programs.For, Complete, request.Confirm);
        foreach (var gone in links.All.Where(l => l.IfIndex == 0 && !devices.Exists(d => d.Pin == l.Pin))) File.Delete(gone.Path);
        return described.Programs[0];

        BpfMap? Earlier(PlannedMap planned) => planned.Role switch
        {
            MapRole.Rules when counters.Reuses => old!.Duplicate(),
            MapRole.Totals when before is not null => BpfMap.TryOpenById(before.TotalsMap, out _),
            MapRole.Sockets => store.OpenSockets(),
            MapRole.Sets when request.KeepsSets => KeptSets.Create(planned, first!.Sets, before!, previous),
            _ => log?.Duplicate(planned.Role) ?? kept.Open(planned),
        };

        void Complete(AppliedDevice[] attached)
        {
            store.KeepSockets(loaded.Find(MapRole.Sockets));
            RedirectTargets.Prepare(loaded, attached, report);
            foreach (var id in described.Programs) store.WriteState(id, described with { Devices = attached });
            if (edits is not null) EditedTables.Write(store, described, loaded, counters);
        }
    }

    // The file may be another, of the same rules.
    private static void KeepSource(TableStore store, AppliedState before, AppliedSource source)
    {
        foreach (var id in before.Programs)
            if (store.ReadWritten(id) is { } written) store.WriteState(id, written with { Source = source });
    }

    private static AppliedState Describe(
        Table table, LoadedFilter loaded, AppliedState? before, CounterPlan counters, bool keepsSets)
    {
        var kept = (before?.Rules ?? []).ToDictionary(r => r.Id);
        var folded = counters.Reuses || before is null ? [] : ReadEarlier(before);
        var rules = table.Rules.Select((rule, i) =>
        {
            var old = kept.GetValueOrDefault(rule.Id);
            var start = old is null ? default : new Counter(old.Packets, old.Bytes) + folded.GetValueOrDefault(rule.Id);
            return new AppliedRule(
                rule.Id, rule.Line, RuleFormatter.Format(rule), counters.Slots[i], start.Packets, start.Bytes,
                old is null ? -1 : counters.Reuses ? old.EarlierSlot : old.Slot)
            {
                Verdict = RuleFormatter.Format(rule.Verdict),
                Logs = rule.Statements.Count > 0 && rule.Statements.Any(s => s is LogStatement),
                LimitMap = loaded.Filter.Plan.HasLimit(i) ? loaded.Maps[loaded.Filter.Plan.LimitMapOf(i)].Info.Id : 0,
                Limit = KeptMaps.LimitText(rule),
            };
        });
        return new()
        {
            Table = table.Name,
            Policy = table.Policy == VerdictKind.Drop ? "drop" : "pass",
            RuleIds = RuleEncoding.Version,
            Rules = [.. rules],
            Head = keepsSets ? before!.Head : TableFormatter.FormatHead(table),
            Sets = [.. table.Sets.Select(s => SetOf(s, loaded.Filter.Plan, keepsSets ? before : null))],
            RulesMap = loaded.Maps[0].Info.Id,
            TotalsMap = loaded.Maps[1].Info.Id,
            EarlierMap = before is null ? 0 : counters.Reuses ? before.EarlierMap : before.RulesMap,
            NextSlot = counters.NextSlot,
            Devices = [],
            Targets = [.. loaded.Filter.Plan.Devices],
            TargetsMap = loaded.Find(MapRole.Devices)?.Info.Id ?? 0,
            Sketches = loaded.Filter.Plan.Sketches,
            HasFrags = loaded.Filter.Plan.HasFrags,
        };
    }

    private static AppliedSet SetOf(Set set, FilterPlan plan, AppliedState? kept)
    {
        var applied = AppliedSet.Of(set, plan);
        return kept?.Sets.FirstOrDefault(s => s.Name == set.Name) is { } old
            ? applied with { Elements = old.Elements, MaxElements = old.MaxElements } : applied;
    }

    // Programs that counted in the map before the last were replaced long ago: it does not change any more.
    private static Dictionary<string, Counter> ReadEarlier(AppliedState before)
    {
        if (before.EarlierMap == 0) return [];
        using var map = BpfMap.OpenById(before.EarlierMap);
        var rules = before.Rules.Where(r => r.EarlierSlot >= 0).ToList();
        KernelReaders.Wait();
        var counted = FilterCounters.ReadRules(map, [.. rules.Select(r => r.EarlierSlot)]);
        return rules.Select((r, i) => (r.Id, counted[i])).ToDictionary();
    }
}
