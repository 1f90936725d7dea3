using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Watch.Events;

namespace Skep.Watch.Capture;

/// <summary>A backend that is made of programs of bpf/watch, attached where its definition says.</summary>
internal sealed class ProgramBackend : ICaptureBackend
{
    private const string Settings = ".rodata.settings";
    private const uint UserShare = 8;

    private readonly BpfObject _object;
    private readonly BackendDefinition _definition;
    private readonly Stack<BpfLink> _links = [];
    private readonly List<BpfProgram> _programs = [];
    private readonly List<string> _missed;
    private readonly BpfMapMemory _counters, _variables;
    private readonly int _counterBytes;
    private readonly RingBuffer _ring;

    private ProgramBackend(
        BpfObject bpf, BackendDefinition definition, List<HookGroup> groups, List<string> missed, WatchOptions options, KernelTypes types)
    {
        _object = bpf;
        _definition = definition;
        _missed = missed;
        _variables = MapValues(".bss", writable: true, out _);
        _counters = MapValues("counters", writable: false, out _counterBytes);
        Elements = ElementMap.Open(bpf.Map("elements").Open(), types.Require());
        Shares = bpf.Map("shares").Open();
        using BpfMap events = bpf.Map("events").Open();
        _ring = new RingBuffer(events);
        if (options.Pids.Count > 0)
        {
            using BpfMap followed = bpf.Map("followed").Open();
            foreach (int pid in options.Pids) followed.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in pid)), [1]);
        }

        try
        {
            foreach (HookGroup group in groups) Attach(group);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Number => _definition.Number;

    /// <inheritdoc/>
    public ElementMap? Elements { get; }

    /// <inheritdoc/>
    public BpfMap? Shares { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Missed => _missed;

    /// <summary>Loads and attaches the kernel side.</summary>
    /// <exception cref="KernelException">The kernel refused it, or lacks what the backend cannot be without.</exception>
    public static ProgramBackend Open(BackendDefinition definition, WatchOptions options, KernelTypes types)
    {
        Btf kernel = types.Require();
        var missed = new List<string>();
        var groups = new List<HookGroup>();
        foreach (HookGroup group in definition.Groups)
        {
            if (group.Hooks.Select(hook => WhyNot(hook, kernel)).FirstOrDefault(reason => reason is not null) is not { } reason)
                groups.Add(group);
            else if (group.Missed is { } lost)
                missed.Add($"{lost} ({reason})");
            else
                throw new KernelException($"open backend {definition.Name}", default, reason: reason);
        }

        try
        {
            return Load(definition, groups, missed, options, types);
        }
        catch (BpfLoadException e) when (groups.Exists(group => group.Missed is not null) && e.Error.Name != "EPERM")
        {
            foreach (HookGroup group in groups)
                if (group.Missed is { } lost) missed.Add($"{lost} (the kernel refused a program: {e.Summary})");
            return Load(definition, [.. groups.Where(group => group.Missed is null)], missed, options, types);
        }
    }

    private static ProgramBackend Load(
        BackendDefinition definition, List<HookGroup> groups, List<string> missed, WatchOptions options, KernelTypes types)
    {
        BpfObject bpf = BpfObject.Open(EmbeddedObject.Read(typeof(ProgramBackend).Assembly, definition.ObjectName), "skep_watch");
        try
        {
            bpf.Map("events").MaxEntries = options.BufferBytes;
            bpf.Map("counters").MaxEntries = (uint)PossibleCpus.Highest + 1;
            HashSet<string> wanted = [.. groups.SelectMany(group => group.Hooks).Select(hook => hook.Program)];
            if (!options.FollowChildren) wanted.Remove("skep_fork");
            foreach (BpfObjectProgram program in bpf.Programs) program.Autoload = wanted.Contains(program.Name);
            BpfObjectMap settings = bpf.Maps.First(map => map.SectionName == Settings);
            settings.WriteInitialValue(0, MemoryMarshal.AsBytes(new ReadOnlySpan<SettingsRecord>([SettingsOf(options, types)])));
            bpf.Load();
            return new ProgramBackend(bpf, definition, groups, missed, options, types);
        }
        catch
        {
            bpf.Dispose();
            throw;
        }
    }

    // By names: the programs read parameters by their positions.
    private static string? WhyNot(Hook hook, Btf kernel)
    {
        if (hook.Function is not { } name) return null;
        Btf types = kernel;
        if (!kernel.TryFind(name, BtfKind.Func, out BtfType function))
        {
            if (hook.Module is not { } module) return $"this kernel has no function {name} that can be traced";
            if (!KernelFile.Exists($"/sys/kernel/btf/{module}")) return $"the module {module} is not loaded";
            types = Btf.LoadModule(module, kernel);
            if (!types.TryFind(name, BtfKind.Func, out function)) return $"the module {module} has no function {name} that can be traced";
        }

        BtfParameter[] parameters = types[function.TypeId].GetParameters();
        for (int i = 0; i < hook.Parameters.Length; i++)
            if (i >= parameters.Length || parameters[i].Name != hook.Parameters[i]) return $"{name} of this kernel has other parameters";
        return null;
    }

    private void Attach(HookGroup group)
    {
        int before = _links.Count;
        try
        {
            foreach (Hook hook in group.Hooks)
            {
                BpfObjectProgram program = _object.Program(hook.Program);
                if (!program.Autoload) continue;
                _links.Push(program.Attach());
                _programs.Add(program.Open());
            }
        }
        catch (KernelException e) when (group.Missed is { } lost)
        {
            while (_links.Count > before) _links.Pop().Dispose();
            _missed.Add($"{lost} ({e.Message})");
        }
    }

    /// <inheritdoc/>
    public bool Poll(TimeSpan timeout) => _ring.Poll(timeout);

    /// <inheritdoc/>
    public void Wake() => _ring.Wake();

    /// <inheritdoc/>
    public int Consume(RingBufferHandler handler, int maxRecords) => _ring.Consume(handler, maxRecords);

    /// <inheritdoc/>
    public CaptureCounters ReadCounters()
    {
        // A call of this process, which the backend must see. Nothing else here makes one.
        _ = _programs[0].GetInfo();
        return new(
            Sum(CounterSlot.CallsMade), Sum(CounterSlot.CallsLost), Sum(CounterSlot.EntriesLost), Sum(CounterSlot.PiecesLost),
            Sum(CounterSlot.ProcessesLost), Sum(CounterSlot.ElementsMade), Sum(CounterSlot.ElementsLost), Sum(CounterSlot.CallsLeftOut),
            Sum(CounterSlot.PiecesLeftOut), Sum(CounterSlot.OwnCalls),
            _programs.Aggregate(0ul, (sum, program) => sum + (ulong)(program.ReadFields().Number("recursion_misses"u8) ?? 0)));
    }

    /// <inheritdoc/>
    public void Detach()
    {
        if (_links.Count == 0) return;

        // Entries go before exits, and an exit without an entry is from now on no news.
        _variables.Store(0, 1u);
        while (_links.TryPop(out BpfLink? link)) link.Dispose();
        KernelReaders.Wait();
    }

    /// <inheritdoc/>
    public void ReadOpenCalls(RingBufferHandler handler)
    {
        using BpfMap calls = _object.Map("calls").Open();
        BpfMapEntries entries = calls.ReadAll();
        for (int i = 0; i < entries.Count; i++)
        {
            EntryRecord entry = MemoryMarshal.Read<EntryRecord>(entries.Value(i));
            entry.Flags |= CallFlags.NoExit | CallFlags.Open;
            var call = new CallRecord { Entry = entry };
            handler(MemoryMarshal.AsBytes(new ReadOnlySpan<CallRecord>(in call)));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Detach();
        foreach (BpfProgram program in _programs) program.Dispose();
        _ring.Dispose();
        Elements?.Dispose();
        Shares?.Dispose();
        _counters.Dispose();
        _variables.Dispose();
        _object.Dispose();
    }

    private BpfMapMemory MapValues(string name, bool writable, out int valueBytes)
    {
        using BpfMap map = _object.Map(name).Open();
        valueBytes = (int)map.Info.ValueSize;
        return map.MapValues(writable);
    }

    private ulong Sum(CounterSlot slot)
    {
        ulong sum = 0;
        for (int at = (int)slot * sizeof(ulong); at < _counters.Length; at += _counterBytes) sum += _counters.Read<ulong>(at);
        return sum;
    }

    private static SettingsRecord SettingsOf(WatchOptions options, KernelTypes types)
    {
        (ulong commands, uint syscalls) = CommandNames.Masks(options.CapturedCommands);
        uint self = KernelIdentity.ProcessId();
        if (options.Pids.Count > 0 && self != (uint)Environment.ProcessId)
        {
            throw new NotSupportedException("watching processes by id: skep runs in a PID namespace of its own, and the kernel has the ids "
                + "of the first one (run skep outside, or without --pid)");
        }

        return new SettingsRecord
        {
            RingSize = options.BufferBytes,
            // A watch of chosen processes or of one user has nobody else whose events could be lost.
            UserBytes = options is { Pids.Count: 0, Uid: null, FollowChildren: false } ? options.BufferBytes / UserShare : 0,
            CmdMask = commands,
            SyscallMask = syscalls,
            SelfPid = options.IncludeSelf ? 0 : self,
            WatcherPid = self,
            OnlyUid = options.Uid ?? 0,
            PossibleCpus = (uint)PossibleCpus.Count,
            LogLimit = options.LogBytes,
            TracepointFlag = TracepointFlag(types.Require()),
            FollowChildren = options.FollowChildren ? (byte)1 : (byte)0,
            FilterPids = options.Pids.Count > 0 ? (byte)1 : (byte)0,
            FilterUid = options.Uid is null ? (byte)0 : (byte)1,
            WholeElements = options.WholeElements ? (byte)1 : (byte)0,
            SmallBtf = options.HideProbes ? (byte)1 : (byte)0,
        };
    }

    // An enumerator of an enum without a name, whose value differs between kernels; CO-RE finds enumerators by their enum's name.
    private static uint TracepointFlag(Btf kernel)
    {
        for (uint id = kernel.FirstId; id < kernel.EndId; id++)
        {
            if (kernel[id] is not { Kind: BtfKind.Enum, Name: "" } type) continue;
            foreach (BtfEnumerator item in type.GetEnumerators())
                if (item.Name == "TRACE_EVENT_FL_TRACEPOINT") return (uint)item.Value;
        }

        return 0;
    }
}
