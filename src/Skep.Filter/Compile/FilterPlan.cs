using Skep.Filter.Classify;
using Skep.Filter.Model;
using Skep.Packets.Headers;

namespace Skep.Filter.Compile;

/// <summary>A map that a compiled filter uses.</summary>
/// <param name="Role">What it is for, which gives it its type.</param>
/// <param name="KeyBytes">Bytes of a key; 0 for a ring buffer.</param>
/// <param name="ValueBytes">Bytes of a value, one CPU's; 0 for a ring buffer.</param>
/// <param name="Entries">Entries that it has room for; bytes for a ring buffer.</param>
/// <param name="Name">The kernel's name for it.</param>
public sealed record PlannedMap(MapRole Role, uint KeyBytes, uint ValueBytes, uint Entries, string Name)
{
    /// <summary>The place of the rule whose limit it serves; -1 for none.</summary>
    public int Rule { get; init; } = -1;
}

/// <summary>What a map of a filter is for.</summary>
public enum MapRole
{
    /// <summary>Packets and bytes of each rule, per CPU.</summary>
    Rules,

    /// <summary>Packets and bytes by action, and in it by protocol, per CPU.</summary>
    Totals,

    /// <summary>The images of the named sets.</summary>
    Sets,

    /// <summary>The blocks of counters of the named sets that count.</summary>
    SetCounters,

    /// <summary>The bucket of a limit without a key.</summary>
    Limit,

    /// <summary>The buckets of a limit with a key.</summary>
    KeyedLimit,

    /// <summary>Devices to redirect to.</summary>
    Devices,

    /// <summary>CPUs to redirect to.</summary>
    Cpus,

    /// <summary>AF_XDP sockets to redirect to, by receive queue.</summary>
    Sockets,

    /// <summary>Devices that packets can be forwarded by, by index.</summary>
    Forwarders,

    /// <summary>Devices that forwarded packets come in by, by index: <see cref="Compile.Receivers"/>.</summary>
    Receivers,

    /// <summary>The ring buffer that logged packets go through.</summary>
    Log,

    /// <summary>Where each CPU makes records and counts them.</summary>
    LogScratch,

    /// <summary>Whether the log is followed.</summary>
    LogFollowed,

    /// <summary>What sketches observed in all, and the classes of sizes, per CPU.</summary>
    Seen,

    /// <summary>Packets and bytes by source address.</summary>
    Sources,

    /// <summary>Packets and bytes by protocol and destination port.</summary>
    Ports,

    /// <summary>The image that long lists of rules are searched in.</summary>
    Classifier,
}

/// <summary>Which structures serve a table. It is a value: nothing of it is in the kernel yet.</summary>
public sealed class FilterPlan
{
    internal const string SetsName = "sets", SetCountersName = "set_counters";
    /// <summary>The kernel's names of the maps of the log, by which a follower finds them.</summary>
    internal const string LogName = "log", LogScratchName = "log_scratch", LogFollowedName = "log_followed";

    /// <summary>The most devices that packets are forwarded from and to.</summary>
    internal const int MostDevices = 1024;

    // The frame has room for no more beside all the fields that rules can read.
    private const int MostKeptImages = 8;
    private const int Queues = 1024;

    private readonly Dictionary<string, SetPlan> _sets = [];
    private readonly Dictionary<int, int> _limitMaps = [];
    private readonly List<string> _kept = [];
    private readonly List<PlannedMap> _maps = [];
    private readonly List<string> _devices = [];
    private readonly Dictionary<int, RuleList> _listAt = [];
    private readonly List<Verdict> _listVerdicts = [];
    private readonly Dictionary<Verdict, int> _verdictNumbers = [];
    private readonly HashSet<uint> _cpus = [];

    private FilterPlan(
        Table table, int counterCapacity, Sketches sketches, bool hasFrags, PacketStart start, ReceiverLayout? receiver,
        ClassifierMemory memory, int? searched, BufferFlags? flags)
    {
        Table = table;
        Start = start;
        HasFrags = hasFrags;
        BufferFlags = flags;
        Sketches = sketches;
        Receiver = receiver;
        ClassifierMemory = memory;
        _maps.Add(new(MapRole.Rules, 4, 16, (uint)Math.Max(1, counterCapacity), "rules"));
        _maps.Add(new(MapRole.Totals, 4, 16 * Protocols.Count, XdpAction.Count, "totals"));
        var uses = UsesOfSets(table);
        foreach (var set in table.Sets) PlanSet(set, uses.GetValueOrDefault(set.Name));
        Lists = RuleLists.Find(table, searched, memory, SetNamed, out var unserved, out var ends);
        (Unserved, ListEnds) = (unserved, ends);
        if (_sets.Count > 0) _maps.Add(new(MapRole.Sets, 4, 4, (uint)_sets.Count, SetsName));
        if (_sets.Values.Count(s => s.CounterNumber >= 0) is > 0 and var counted)
            _maps.Add(new(MapRole.SetCounters, 4, 4, (uint)(counted * CounterBlocks.Most), SetCountersName));
        for (var i = 0; i < table.Rules.Count; i++) PlanRule(i, table.Rules[i]);
        _maps.AddRange(SketchLayout.Maps(sketches));
        if (Lists.Count == 0) return;
        Image = new(Lists.Select(l => l.Classifier));
        _listAt = Lists.ToDictionary(l => l.First);
        foreach (var list in Lists)
        {
            for (var rule = list.First; rule < list.First + list.Count; rule++)
                if (_verdictNumbers.TryAdd(table.Rules[rule].Verdict, _listVerdicts.Count)) _listVerdicts.Add(table.Rules[rule].Verdict);
        }
        _maps.Add(ImageAccess.Map(memory, Image.Bytes));
    }

    /// <summary>The table.</summary>
    public Table Table { get; }

    /// <summary>What is tracked of all packets.</summary>
    public Sketches Sketches { get; }

    /// <summary>Whether the program takes packets of several buffers (BPF_F_XDP_HAS_FRAGS).</summary>
    public bool HasFrags { get; }

    /// <summary>Where a packet says whether it has several buffers; null where the kernel is asked by a call.</summary>
    public BufferFlags? BufferFlags { get; }

    /// <summary>What the packets begin with that the program gets.</summary>
    public PacketStart Start { get; }

    /// <summary>Where the kernel keeps the present address of the device that a packet came in by.</summary>
    public ReceiverLayout? Receiver { get; }

    /// <summary>The fields whose values rules use.</summary>
    internal SortedSet<Field> FieldsRead => field ??= FilterCompiler.FieldsRead(Table);

    /// <summary>The kind of memory that long lists are searched in.</summary>
    public ClassifierMemory ClassifierMemory { get; }

    /// <summary>The lists of rules that are searched by a classifier.</summary>
    internal IReadOnlyList<RuleList> Lists { get; }

    /// <summary>The places of rules that keep a list from being searched.</summary>
    internal IReadOnlyList<int> Unserved { get; }

    /// <summary>Where a list ends before a rule that decides at once, and which of these rules are in none.</summary>
    public IReadOnlyList<ListEnd> ListEnds { get; }

    /// <summary>What is known of those lists.</summary>
    public IReadOnlyList<SearchedList> SearchedLists => [.. Lists.Select(SearchedList.Of)];

    /// <summary>What they are searched in; null when there is none.</summary>
    internal ClassifierImage? Image { get; }

    /// <summary>The order of the rules in it.</summary>
    internal RuleOrder Order => new(Table.Rules.Count);

    /// <summary>The maps, in the order in which the program names them.</summary>
    public IReadOnlyList<PlannedMap> Maps => _maps;

    /// <summary>The named sets that rules use, and what holds each.</summary>
    public IReadOnlyCollection<SetPlan> Sets => _sets.Values;

    /// <summary>The devices that rules redirect to, by their place in the map of devices.</summary>
    public IReadOnlyList<string> Devices => _devices;

    /// <summary>The CPUs that rules redirect to.</summary>
    public IReadOnlyCollection<uint> Cpus => _cpus;

    /// <summary>Makes the plan of a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="counterCapacity">How many rules there are counters for; at least the table's rules.</param>
    /// <param name="sketches">What to track of all packets; null for those of the table.</param>
    /// <param name="hasFrags">Whether the program takes packets of several buffers (Linux 5.18).</param>
    /// <param name="start">What packets begin with on its devices.</param>
    /// <param name="receiver">
    /// Where the kernel keeps a device's present address; null where that is not known, and the one as of now counts.
    /// </param>
    /// <param name="memory">The kind of memory that long lists are searched in.</param>
    /// <param name="searched">The fewest rules that are searched whatever it costs; null to go by the cost.</param>
    /// <param name="flags">Where the kernel keeps whether a packet has several buffers; null where that is not known.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="FilterCompileException">The table needs what compiled filters do not do.</exception>
    public static FilterPlan Of(
        Table table, int counterCapacity, Sketches? sketches = null, bool hasFrags = true, PacketStart start = PacketStart.Ethernet,
        ReceiverLayout? receiver = null, ClassifierMemory memory = ClassifierMemory.Arena, int? searched = null,
        BufferFlags? flags = null) =>
        new(table, counterCapacity, sketches ?? table.Track, hasFrags, start, receiver, memory, searched, flags);

    /// <summary>The verdicts of the rules in lists, by their number.</summary>
    internal IReadOnlyList<Verdict> ListVerdicts => _listVerdicts;

    /// <summary>The list that begins with a rule; null for none.</summary>
    internal RuleList? ListAt(int rule) => _listAt.GetValueOrDefault(rule);

    /// <summary>The number of the verdict of a rule in a list.</summary>
    internal int VerdictNumber(int rule) => _verdictNumbers[Table.Rules[rule].Verdict];

    internal SetPlan SetNamed(string name) => _sets[name];

    /// <summary>
    /// The place of a set among those whose images are found once a packet, so that all its lookups see one image; -1 for the others.
    /// </summary>
    internal int KeptImage(SetPlan set) => _kept.IndexOf(set.Set.Name);

    /// <summary>The sets whose images are found once a packet.</summary>
    internal IEnumerable<SetPlan> KeptImages => _kept.Select(SetNamed);

    /// <summary>Finds the plan of a set; null when no rule uses it.</summary>
    internal SetPlan? FindSet(string name) => _sets.GetValueOrDefault(name);

    internal int LimitMapOf(int rule) => _limitMaps[rule];

    internal bool HasLimit(int rule) => _limitMaps.ContainsKey(rule);

    internal int DeviceKey(string device) => _devices.IndexOf(device);

    internal int MapFor(MapRole role) => _maps.FindIndex(m => m.Role == role);

    /// <summary>How many matches name each set.</summary>
    private static Dictionary<string, int> UsesOfSets(Table table)
    {
        var uses = new Dictionary<string, int>();
        if (table.Sets.Count == 0) return uses;
        foreach (var rule in table.Rules)
            foreach (var match in rule.Matches)
                if (match is SetMatch { SetName: var name }) uses[name] = uses.GetValueOrDefault(name) + 1;
        return uses;
    }

    private void PlanSet(Set set, int uses)
    {
        if (uses == 0) return;
        var plan = SetPlan.Of(set, _sets.Count);
        if (set.HasCounters) plan = plan with { CounterNumber = _sets.Values.Count(s => s.CounterNumber >= 0) };
        if (plan.Structure == SetStructure.Rows && plan.Elements.Count > SetLayout.MostRows)
            throw new FilterCompileException(
                $"compiling set {set.Name}: {plan.Elements.Count} elements with ranges of several fields, at most {SetLayout.MostRows} "
                + $"can be searched (write single values, or one field)");
        _sets.Add(set.Name, plan);
        if (uses > 1 && _kept.Count < MostKeptImages) _kept.Add(set.Name);
    }

    private void PlanRule(int index, Rule rule)
    {
        if (rule.Limit is { } limit)
        {
            _limitMaps.Add(index, _maps.Count);
            var bytes = 0;
            foreach (var field in limit.Key) bytes += Slots.IsWide(field) ? 16 : 8;
            var name = $"limit{index}";
            var map =
                bytes == 0
                    ? new PlannedMap(MapRole.Limit, 4, 8, 1, name) : new(MapRole.KeyedLimit, (uint)bytes, 8, (uint)limit.MaxKeys, name);
            _maps.Add(map with { Rule = index });
        }
        foreach (var statement in rule.Statements)
            if (statement is LogStatement) PlanLog();
        switch (rule.Verdict.Kind)
        {
            case VerdictKind.RedirectDevice:
                if (!_devices.Contains(rule.Verdict.Device!)) _devices.Add(rule.Verdict.Device!);
                AddMap(new(MapRole.Devices, 4, 4, (uint)_devices.Count, "devices"));
                break;
            case VerdictKind.RedirectCpu:
                if (_cpus.Add(rule.Verdict.Cpu)) AddMap(new(MapRole.Cpus, 4, 4, _cpus.Max() + 1, "cpus"));
                break;
            case VerdictKind.RedirectXsk:
                AddMap(new(MapRole.Sockets, 4, 4, Queues, "sockets"));
                break;
            case VerdictKind.RedirectFib:
                AddMap(new(MapRole.Forwarders, 4, 4, MostDevices, "forwarders"));
                AddMap(new(MapRole.Receivers, 4, Compile.Receivers.Bytes, MostDevices, "receivers"));
                break;
        }
    }

    private void PlanLog()
    {
        AddMap(new(MapRole.Log, 0, 0, LogLayout.RingBytes, LogName));
        AddMap(new(MapRole.LogScratch, 4, LogLayout.ScratchBytes, 1, LogScratchName));
        AddMap(new(MapRole.LogFollowed, 4, 4, 1, LogFollowedName));
    }

    private void AddMap(PlannedMap map)
    {
        var at = MapFor(map.Role);
        if (at < 0) _maps.Add(map);
        else _maps[at] = map;
    }
}
