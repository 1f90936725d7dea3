using Skep.Bpf;
using Skep.Guard.Model;
using Skep.Guard.Test;
using Skep.Isa;
using Skep.Watch.Events;
using Skep.Watch.Session;

namespace Skep.Guard.Learn;

/// <summary>A program that was loaded.</summary>
/// <param name="Name">The name that it was given.</param>
/// <param name="Type">Its type.</param>
/// <param name="InsnCnt">Its instructions; null when that is not known.</param>
internal readonly record struct LearnedProgram(string Name, string Type, ulong? InsnCnt);

/// <summary>Learns what BPF does on a machine, by content and by caller, to write a policy that allows that and nothing else.</summary>
public sealed class PolicyLearner
{
    private readonly SortedDictionary<LearnedCaller, GuardOperations> _operations = [];
    private readonly SortedDictionary<LearnedCaller, LearnedContent> _loads = [];
    private readonly SortedDictionary<LearnedCaller, LearnedContent> _probes = [];
    private readonly LearnedContent _loaded = new();

    /// <summary>Operations of which something was learned.</summary>
    public long Events { get; private set; }

    /// <summary>Loads of which neither the code nor a tag is known: the policy does not allow them.</summary>
    public long Unknown { get; private set; }

    internal IReadOnlyDictionary<LearnedCaller, GuardOperations> Operations => _operations;

    internal IReadOnlyDictionary<LearnedCaller, LearnedContent> Loads => _loads;

    internal IReadOnlyDictionary<LearnedCaller, LearnedContent> Probes => _probes;

    internal LearnedContent Loaded => _loaded;

    internal string? First { get; private set; }

    internal string? Last { get; private set; }

    /// <summary>Learns from all events that <c>skep watch -j</c> wrote.</summary>
    /// <param name="events">The lines.</param>
    /// <param name="name">What messages call them.</param>
    /// <exception cref="InvalidDataException">A line is no event.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void AddAll(Stream events, string name)
    {
        var reader = new EventReader(events, name);
        while (reader.Next() is { } e) Add(e);
    }

    /// <summary>Learns from an event that was stored.</summary>
    /// <param name="json">The event, as <c>skep watch -j</c> writes it; what is none is passed over.</param>
    public void Add(ReadOnlySpan<byte> json)
    {
        if (EventReader.Parse(json) is { } e) Add(e);
    }

    /// <summary>Learns from an event of a session.</summary>
    public void Add(BpfEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        bool isKnown = e.Program?.Code is { IsWhole: true, Quality: CaptureQuality.Proven or CaptureQuality.Consistent };
        Add(new()
        {
            Time = Output.UtcText.Nanoseconds(e.TimeNs),
            Syscall = e.Syscall,
            Cmd = e.Command,
            Uid = e.Process.Uid,
            Exe = e.Process.Exe,
            Cgroup = e.Process.Cgroup,
            Unit = e.Process.Unit,
            Container = e.Process.Container,
            Prog = e.Program is not { } program ? null : new()
            {
                Type = program.Type,
                Name = program.Name,
                Tag = program.Tag,
                InsnCnt = program.Code?.Count,
                ExpectedAttachType = program.ExpectedAttachType,
            },
        }, isKnown ? e.Program!.Code!.Instructions.ToArray() : null);
    }

    /// <summary>Learns a program that was loaded before anything was seen.</summary>
    public void AddLoaded(string tag, BpfProgramType type, string name) => _loaded.AddTag(tag, new(name, type.Name(), null));

    private void Add(SavedEvent e) => Add(e, e.Prog is { } program ? EventSubject.CodeOf(program) : null);

    private void Add(SavedEvent e, Instruction[]? code)
    {
        GuardOperations operations = EventSubject.OperationsOf(e);
        if (operations == GuardOperations.None) return;
        Events++;
        First ??= e.Time;
        Last = e.Time ?? Last;
        LearnedCaller caller =
            LearnedCaller.Of(EventSubject.WithoutMark(e.Exe), e.Unit, e.Cgroup, e.Container is not null, e.Uid);
        if (operations != GuardOperations.ProgLoad) _operations[caller] = _operations.GetValueOrDefault(caller) | operations;
        else AddLoad(caller, e.Prog, code);
    }

    private void AddLoad(LearnedCaller caller, SavedProgram? program, Instruction[]? code)
    {
        var learned = new LearnedProgram(program?.Name ?? "", program?.Type ?? "", program?.InsnCnt);
        if (code is not null)
        {
            string digest = Convert.ToHexStringLower(ProgramTag.Compute(code, TagHash.Sha256));
            LearnedContentOf(IsProbe(program!, code) ? _probes : _loads, caller).AddDigest(digest, learned);
        }
        else if (program is { MapIds.Count: 0, Sha256: { } digest, Capture: not ("raced" or "partial") })
        {
            LearnedContentOf(_loads, caller).AddDigest(digest, learned);
        }
        else if (program?.Tag is { } tag)
        {
            LearnedContentOf(_loads, caller).AddTag(tag, learned);
        }
        else
        {
            Unknown++;
        }
    }

    private static LearnedContent LearnedContentOf(SortedDictionary<LearnedCaller, LearnedContent> all, LearnedCaller caller)
    {
        if (!all.TryGetValue(caller, out LearnedContent? content)) all[caller] = content = new();
        return content;
    }

    private static bool IsProbe(SavedProgram program, Instruction[] code) => FeatureProbe.IsProgram(
        new ProgramDetails { Type = program.Type, Name = program.Name, ExpectedAttachType = program.ExpectedAttachType },
        System.Runtime.InteropServices.MemoryMarshal.AsBytes<Instruction>(code));
}

/// <summary>Programs by what is known of their content.</summary>
internal sealed class LearnedContent
{
    private const int MostNames = 3;

    private readonly Dictionary<string, List<LearnedProgram>> _digests = [], _tags = [];

    /// <summary>By SHA-256, in the order in which they were loaded.</summary>
    public IReadOnlyDictionary<string, List<LearnedProgram>> Digests => _digests;

    /// <summary>By tag, where nothing else is known.</summary>
    public IReadOnlyDictionary<string, List<LearnedProgram>> Tags => _tags;

    /// <summary>The types of programs.</summary>
    public SortedSet<string> Types { get; } = new(StringComparer.Ordinal);

    public void AddDigest(string digest, LearnedProgram program) => Add(_digests, digest, program);

    public void AddTag(string tag, LearnedProgram program) => Add(_tags, tag, program);

    /// <summary>Takes what another has.</summary>
    public void AddAll(LearnedContent other)
    {
        foreach ((string digest, List<LearnedProgram> programs) in other.Digests)
            foreach (LearnedProgram program in programs) AddDigest(digest, program);
        Types.UnionWith(other.Types);
    }

    private void Add(Dictionary<string, List<LearnedProgram>> all, string key, LearnedProgram program)
    {
        if (BpfProgramTypeNames.TryParse(program.Type, out _)) Types.Add(program.Type);
        if (!all.TryGetValue(key, out List<LearnedProgram>? programs)) all[key] = programs = [];
        if (programs.Count < MostNames && !programs.Contains(program)) programs.Add(program);
    }
}
