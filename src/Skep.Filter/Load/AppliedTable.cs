using Skep.Bpf;
using Skep.Filter.Compile;

namespace Skep.Filter.Load;

/// <summary>A device that a table filters.</summary>
/// <param name="Device">Its name when the table was applied.</param>
/// <param name="Netns">Its network namespace as it was named, or empty.</param>
/// <param name="Mode"><c>native</c> or <c>generic</c>.</param>
/// <param name="ProgramId">The program that runs there.</param>
/// <param name="LinkId">The link that holds it there.</param>
/// <param name="Since">When the link was made.</param>
public sealed record FilteredDevice(string Device, string Netns, string Mode, uint ProgramId, uint LinkId, DateTimeOffset Since);

/// <summary>A rule with what it has counted.</summary>
/// <param name="Id">The id that its counters live under.</param>
/// <param name="Line">Its line in the rule file.</param>
/// <param name="Text">The rule.</param>
/// <param name="Count">What it counted since it was first applied.</param>
public sealed record CountedRule(string Id, int Line, string Text, Counter Count);

/// <summary>A set of an applied table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The types of its parts.</param>
/// <param name="Elements">How many elements it has, those that have run out since it was changed included.</param>
public sealed record AppliedSetInfo(string Name, IReadOnlyList<string> Type, int Elements);

/// <summary>An applied table with its counters, as of now.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Policy"><c>pass</c> or <c>drop</c>.</param>
/// <param name="Devices">Where it runs.</param>
/// <param name="Rules">Its rules.</param>
/// <param name="Actions">What was counted by action, named as the kernel names them.</param>
/// <param name="Protocols">What was counted by protocol.</param>
/// <param name="Sets">Its sets.</param>
public sealed record AppliedTable(
    string Name,
    string Policy,
    IReadOnlyList<FilteredDevice> Devices,
    IReadOnlyList<CountedRule> Rules,
    IReadOnlyList<KeyValuePair<string, Counter>> Actions,
    IReadOnlyList<KeyValuePair<string, Counter>> Protocols,
    IReadOnlyList<AppliedSetInfo> Sets)
{
    /// <summary>What its sketches say, when they were read.</summary>
    public SketchCounts? Sketches { get; init; }

    private static readonly string[] ActionNames = ["XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT"];

    /// <summary>The names of the tables that filter a device.</summary>
    /// <returns>The names, sorted.</returns>
    public static IReadOnlyList<string> List() => [.. TableStore.Tables().Where(t => Read(t) is not null)];

    /// <summary>Reads a table.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="withSketches">Whether to read its sketches too, which are maps of some thousand entries.</param>
    /// <returns>Null when no device is filtered by a table of that name.</returns>
    /// <exception cref="BpfException">The kernel refused to tell.</exception>
    public static AppliedTable? Read(string name, bool withSketches = false)
    {
        if (!TableStore.IsName(name)) return null;
        var store = new TableStore(name);
        var links = store.OpenLinks();
        try
        {
            if (links.Count == 0 || store.ReadState(links[0].Info.ProgramId) is not { } state) return null;
            using var rulesMap = BpfMap.OpenById(state.RulesMap);
            using var totalsMap = BpfMap.OpenById(state.TotalsMap);
            var counted = FilterCounters.ReadRules(rulesMap, [.. state.Rules.Select(r => r.Slot)]);
            var totals = FilterCounters.ReadTotals(totalsMap);
            return new(
                state.Table,
                state.Policy,
                [.. links.Select(l => ToDevice(state, l.Pin, l.Info))],
                [.. state.Rules.Select((r, i) => new CountedRule(r.Id, r.Line, r.Text, new Counter(r.Packets, r.Bytes) + counted[i]))],
                [.. ActionNames.Select((n, a) => KeyValuePair.Create(n, Sum(totals[a])))],
                [.. Compile.Protocols.All.Select((n, p) => KeyValuePair.Create(n, Sum(totals.Select(t => t[p]))))],
                [.. SetMaps.ReadCounts(links[0].Info.ProgramId, state.Sets)])
            {
                Sketches = withSketches ? ReadSketches(links[0].Info.ProgramId, state.Sketches) : null,
            };
        }
        finally
        {
            foreach (var (_, link, _) in links) link.Dispose();
        }
    }

    /// <summary>Takes a table off all its devices.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>False when there is none of that name.</returns>
    public static bool Remove(string name)
    {
        if (!TableStore.IsName(name)) return false;
        var store = new TableStore(name);
        var links = store.OpenLinks();
        foreach (var (pin, link, _) in links)
        {
            File.Delete(store.PathOf(pin));
            link.Dispose();
        }
        store.Clear();
        return links.Count > 0;
    }

    private static SketchCounts ReadSketches(uint programId, Sketches sketches)
    {
        using var program = BpfProgram.OpenById(programId);
        return SketchReader.Read(program, sketches);
    }

    private static FilteredDevice ToDevice(AppliedState state, string pin, BpfLinkInfo info)
    {
        var known = state.Devices.FirstOrDefault(d => d.Pin == pin);
        return new(known?.Device ?? pin, known?.Netns ?? "", known?.Mode ?? "unknown", info.ProgramId, info.Id, known?.Since ?? default);
    }

    private static Counter Sum(IEnumerable<Counter> counters) => counters.Aggregate(default(Counter), static (sum, c) => sum + c);
}
