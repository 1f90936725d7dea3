using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Watch.Events;

namespace Skep.Watch.Capture;

/// <summary>Backend 3: <c>sys_enter</c> and <c>sys_exit</c>, which every kernel with BTF has. The kernel side is bpf/watch.</summary>
internal sealed class RawTracepointBackend : ICaptureBackend
{
    private const string ObjectName = "watch.bpf.o";
    private const string Settings = ".rodata.settings";
    private const uint UserShare = 8;
    private const int ValuesPerCounter = sizeof(ulong);

    private readonly BpfObject _object;
    private readonly Stack<BpfLink> _links = [];
    private readonly BpfMap _counters;
    private readonly RingBuffer _ring;

    private RawTracepointBackend(BpfObject bpf, WatchOptions options)
    {
        _object = bpf;
        _counters = bpf.Map("counters").Open();
        Elements = bpf.Map("elements").Open();
        Shares = bpf.Map("shares").Open();
        using BpfMap events = bpf.Map("events").Open();
        _ring = new RingBuffer(events);
        if (options.Pids.Count > 0)
        {
            using BpfMap followed = bpf.Map("followed").Open();
            foreach (int pid in options.Pids) followed.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in pid)), [1]);
        }

        // The exit first: a call that begins in between is then seen from its exit, never without an end.
        foreach (string name in (string[])["skep_exit", "skep_fork", "skep_sys_exit", "skep_sys_enter"])
            if (bpf.Program(name).Autoload) _links.Push(bpf.Program(name).Attach());
    }

    /// <inheritdoc/>
    public int Number => 3;

    /// <inheritdoc/>
    public BpfMap Elements { get; }

    /// <inheritdoc/>
    public BpfMap Shares { get; }

    /// <summary>Loads and attaches the kernel side.</summary>
    /// <exception cref="KernelException">The kernel refused it.</exception>
    public static RawTracepointBackend Open(WatchOptions options, KernelTypes types)
    {
        BpfObject bpf = BpfObject.Open(EmbeddedObject.Read(typeof(RawTracepointBackend).Assembly, ObjectName), "skep_watch");
        try
        {
            bpf.Map("events").MaxEntries = options.BufferBytes;
            bpf.Program("skep_fork").Autoload = options.FollowChildren;
            BpfObjectMap settings = bpf.Maps.First(map => map.SectionName == Settings);
            settings.WriteInitialValue(0, MemoryMarshal.AsBytes(new ReadOnlySpan<SettingsRecord>([SettingsOf(options, types)])));
            bpf.Load();
            return new RawTracepointBackend(bpf, options);
        }
        catch
        {
            bpf.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Poll(TimeSpan timeout) => _ring.Poll(timeout);

    /// <inheritdoc/>
    public void Wake() => _ring.Wake();

    /// <inheritdoc/>
    public int Consume(RingBufferHandler handler, int maxRecords) => _ring.Consume(handler, maxRecords);

    /// <inheritdoc/>
    public CaptureCounters ReadCounters() => new(
        Sum(CounterSlot.CallsMade), Sum(CounterSlot.CallsLost), Sum(CounterSlot.EntriesLost), Sum(CounterSlot.PiecesLost),
        Sum(CounterSlot.ProcessesLost), Sum(CounterSlot.ElementsMade), Sum(CounterSlot.ElementsLost), Sum(CounterSlot.CallsLeftOut),
        Sum(CounterSlot.PiecesLeftOut));

    /// <inheritdoc/>
    public void Detach()
    {
        if (_links.Count == 0) return;

        // The entry goes first, and an exit without an entry is from now on no news.
        using (BpfMap variables = _object.Map(".bss").Open())
            variables.Update(stackalloc byte[sizeof(int)], MemoryMarshal.AsBytes(new ReadOnlySpan<uint>([1])));
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
        _ring.Dispose();
        Elements.Dispose();
        Shares.Dispose();
        _counters.Dispose();
        _object.Dispose();
    }

    private ulong Sum(CounterSlot slot)
    {
        Span<byte> values = new byte[PossibleCpus.Count * ValuesPerCounter];
        if (!_counters.TryLookup(MemoryMarshal.AsBytes(new ReadOnlySpan<CounterSlot>(in slot)), values)) return 0;
        ulong sum = 0;
        foreach (ulong value in MemoryMarshal.Cast<byte, ulong>(values)) sum += value;
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
