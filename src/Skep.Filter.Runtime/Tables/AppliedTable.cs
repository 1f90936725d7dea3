using Skep.Bpf;
using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.Sets;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Tables;

/// <summary>A device that a table filters.</summary>
/// <param name="Device">Its name; the one when the table was applied if it has none in its network namespace.</param>
/// <param name="Netns">Its network namespace as it was named, or empty.</param>
/// <param name="Mode"><c>native</c> or <c>generic</c>.</param>
/// <param name="ProgramId">The program that runs there.</param>
/// <param name="LinkId">The link that holds it there.</param>
/// <param name="Since">When the link was made.</param>
public sealed record FilteredDevice(string Device, string Netns, string Mode, uint ProgramId, uint LinkId, DateTimeOffset Since)
{
    /// <summary>Whether its packets begin with their IP header: it has no Ethernet header.</summary>
    public bool IsBare { get; init; }

    /// <summary>Whether the device was removed from the machine: the program runs on nothing.</summary>
    public bool IsGone { get; init; }

    /// <summary>Its name when the table was applied.</summary>
    public string AppliedAs { get; init; } = "";

    /// <summary>Whether it is not in the network namespace in which the table was applied, or that namespace cannot be entered.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>A note to print behind its name, with a space in front; empty when it still has the name of the apply.</summary>
    public string NameNote =>
        IsGone ? "" : IsElsewhere ? " (not found in its network namespace)" : Device != AppliedAs ? $" (was {AppliedAs})" : "";
}

/// <summary>A rule with what it has counted.</summary>
/// <param name="Id">The id that its counters live under.</param>
/// <param name="Line">Its line in the rule file.</param>
/// <param name="Text">The rule.</param>
/// <param name="Count">What it counted since it was first applied.</param>
public sealed record CountedRule(string Id, int Line, string Text, Counter Count);

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
    private const int MostAttempts = 100;

    /// <summary>The devices that its rules redirect to.</summary>
    public IReadOnlyList<RedirectTarget> Targets { get; init; } = [];

    /// <summary>The elements of the sets that count, with what they have counted, when they were read.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<LiveElement>> CountedElements { get; init; } =
        new Dictionary<string, IReadOnlyList<LiveElement>>();

    /// <summary>Where its rules come from; null when an earlier version of Skep applied it.</summary>
    public AppliedSource? Source { get; init; }

    /// <summary>The program whose rules decide now.</summary>
    public uint ProgramId { get; init; }

    /// <summary>Whether devices run programs of different versions of it.</summary>
    public bool IsMixed { get; init; }

    /// <summary>The contents of its sketches, when they were read.</summary>
    public SketchCounts? Sketches { get; init; }

    private static readonly string[] ActionNames = ["XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT"];

    /// <summary>
    /// Packets that its rules sent to those who followed the log, and packets lost on that way; null when none of them logs.
    /// </summary>
    public LogCount? Log { get; init; }

    /// <summary>The names of the tables that filter a device.</summary>
    /// <returns>The names, sorted.</returns>
    public static IReadOnlyList<string> List() => [.. TableStore.Tables().Where(ActingRules.Exist)];

    /// <summary>Reads all tables that filter a device. One that cannot be read hides no other.</summary>
    /// <param name="report">Takes the name of a table that cannot be read, and the reason.</param>
    /// <returns>The others, by name.</returns>
    public static IReadOnlyList<AppliedTable> ReadAll(Action<string, string> report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var tables = new List<AppliedTable>();
        foreach (var name in TableStore.Tables())
        {
            try
            {
                if (Read(name) is { } table) tables.Add(table);
            }
            catch (Exception e) when (e is KernelException or IOException or InvalidDataException or UnauthorizedAccessException)
            {
                report(name, e.Message);
            }
        }
        return tables;
    }

    /// <summary>Takes a table off its devices, all of them in one step.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="device">The device to take it off, by its name; null for all.</param>
    /// <param name="report">Takes notices.</param>
    /// <returns>False when there is no such table, or it does not filter the device.</returns>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static bool Remove(string name, string? device = null, Action<string>? report = null) =>
        TableRemoval.Remove(name, device, report ?? (static _ => { }));

    /// <summary>
    /// Ends what earlier commands left unfinished, whether they were killed or nobody confirmed their rules. Does nothing while another
    /// command is at work.
    /// </summary>
    /// <param name="report">Takes what was recovered.</param>
    public static void Recover(Action<string> report)
    {
        using var turn = TableStore.TryLock(report);
        if (turn is not null) TableRecovery.All(report);
    }

    /// <summary>In how long the rules before return unless these are confirmed; null when these stay.</summary>
    public TimeSpan? ReturnsIn { get; init; }

    /// <summary>Reads a table.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="withSketches">Whether to read its sketches too, which are maps of some thousand entries.</param>
    /// <param name="withElements">Whether to read the elements of sets that count too.</param>
    /// <returns>Null when no device is filtered by a table of that name.</returns>
    /// <exception cref="KernelException">The kernel refused to report it.</exception>
    public static AppliedTable? Read(string name, bool withSketches = false, bool withElements = false)
    {
        if (!Names.IsIdentifier(name)) return null;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var view = ActingRules.Open(name);
                if (view is null) return null;
                var table = Read(view, withSketches);
                return withElements ? table with { CountedElements = ReadElements(view.State) } : table;
            }
            catch (KernelException e) when (e.Error.Name == "ENOENT" && attempt < MostAttempts)
            {
                // Another command replaced the rules, and their maps went with them.
            }
        }
    }

    private static Dictionary<string, IReadOnlyList<LiveElement>> ReadElements(AppliedState state)
    {
        var elements = new Dictionary<string, IReadOnlyList<LiveElement>>();
        foreach (var set in state.Sets)
        {
            if (!set.IsCounted || set.Number < 0 || set.Format != SetLayout.Format) continue;
            using var live = LiveSet.Open(state.Table, set.Name);
            elements.Add(set.Name, [.. live.List()]);
        }
        return elements;
    }

    private static AppliedTable Read(ActingRules view, bool withSketches)
    {
        var state = view.State;
        using var rulesMap = BpfMap.OpenById(state.RulesMap);
        using var totalsMap = BpfMap.OpenById(state.TotalsMap);
        using var earlierMap = state.EarlierMap == 0 ? null : BpfMap.OpenById(state.EarlierMap);
        var counted = FilterCounters.ReadRules(rulesMap, [.. state.Rules.Select(r => r.Slot)]);
        var earlier =
            earlierMap is null
                ? new Counter[counted.Length] : FilterCounters.ReadRules(earlierMap, [.. state.Rules.Select(r => r.EarlierSlot)]);
        var totals = FilterCounters.ReadTotals(totalsMap);
        var names = DeviceNames.Of(view.Links, state);
        return new(
            state.Table,
            state.Policy,
            [
                .. view.Links.OrderBy(l => Array.FindIndex(state.Devices, d => d.Pin == l.Pin))
                    .Select(l => ToDevice(state, l, names.GetValueOrDefault(l.Pin)))],
            [
                .. state.Rules.Select(
                    (r, i) => new CountedRule(r.Id, r.Line, r.Text, new Counter(r.Packets, r.Bytes) + counted[i] + earlier[i]))],
            [.. ActionNames.Select((n, a) => KeyValuePair.Create(n, Sum(totals[a])))],
            [.. Compile.Protocols.All.Select((n, p) => KeyValuePair.Create(n, Sum(totals.Select(t => t[p]))))],
            [.. SetMaps.ReadCounts(view.ProgramId, state.Sets, LoadedFilter.Now)])
        {
            ProgramId = view.ProgramId,
            ReturnsIn = view.ReturnsIn,
            Source = state.Source,
            Targets = RedirectTarget.Read(state),
            IsMixed =
                view.ReturnsIn is null
                    && IsMixedOf(state, [.. view.Links.Where(l => l.IfIndex != 0).Select(l => l.Info.ProgramId).Distinct()]),
            Log = LogMaps.ReadCount(view.ProgramId),
            Sketches = withSketches ? ReadSketches(view.ProgramId, state.Sketches) : null,
        };
    }

    private static SketchCounts ReadSketches(uint programId, Sketches sketches)
    {
        using var program = BpfProgram.OpenById(programId);
        return SketchReader.Read(program, sketches);
    }

    private static FilteredDevice ToDevice(AppliedState state, AppliedLink link, string? now)
    {
        var known = state.Find(link.Pin);
        var applied = known?.Device ?? link.Pin;
        return new(now ?? applied, known?.Netns ?? "", known?.Mode ?? "unknown", link.Info.ProgramId, link.Info.Id, known?.Since ?? default)
        {
            IsBare = known?.Start == PacketStart.Ip,
            IsGone = link.IfIndex == 0,
            AppliedAs = applied,
            IsElsewhere = now is null && link.IfIndex != 0,
        };
    }

    private static bool IsMixedOf(AppliedState state, IReadOnlyCollection<uint> programs) =>
        programs.Count > 1 && programs.Any(id => !state.Programs.Contains(id));

    private static Counter Sum(IEnumerable<Counter> counters) => counters.Aggregate(default(Counter), static (sum, c) => sum + c);
}
