using System.Diagnostics;
using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Linux.Containers;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Linux.Time;
using Skep.Watch.Capture;
using Skep.Watch.Decode;
using Skep.Watch.Events;
using Skep.Watch.Processes;

namespace Skep.Watch.Session;

/// <summary>A watch from its attach to its end.</summary>
public sealed class WatchSession : IDisposable
{
    private const int RecordsAtOnce = 256;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1), Moment = TimeSpan.FromMilliseconds(1);

    private readonly ICaptureBackend _backend;
    private readonly ProcessTable _processes;
    private readonly CallAssembler _assembler;
    private readonly CallDecoder _decoder;
    private readonly ElementCounter _elements;
    private readonly ShareCounter _shares;
    private readonly EventFilter _filter;
    private readonly LoadAudit? _audit;
    private readonly IEventSink _sink;
    private readonly Action<string> _report;
    private readonly Action? _afterBatch;
    private readonly TimeSpan _gather;
    private readonly KernelClock _clock = new();
    private readonly BackendGuard? _guard;
    private CaptureCounters _reported;
    private ulong _captured, _shown, _failures, _auditLost;
    private long _sequence, _limit, _written, _readToEndMs;
    private string? _host = HostName();
    private long _lost;
    private volatile bool _stopping;

    private WatchSession(ICaptureBackend backend, WatchOptions options, MachineSnapshot machine, IEventSink sink, Action<string> report,
        Action? afterBatch)
    {
        _backend = backend;
        _sink = sink;
        _report = report;
        _afterBatch = afterBatch;
        _gather = options.Gather;
        var containers = new ContainerResolver(HostFiles.OfMachine());
        _processes = new ProcessTable(containers);
        _assembler = new CallAssembler(_processes);
        _decoder = new CallDecoder(_processes, _clock, backend.Number, machine.Types.Name, KernelIdentity.TagsAreKnown());
        _elements = new ElementCounter(backend, _processes);
        _shares = new ShareCounter(backend);
        _filter = new EventFilter(options);
        bool seesBpf = (CommandNames.Masks(options.Commands).Syscalls >> (int)SyscallKind.Bpf & 1) != 0;
        if (seesBpf && backend.Number != CaptureBackends.AuditNumber) _guard = new BackendGuard(backend.Number, report);
        // The kernel's record knows neither user nor descent: it can only be compared with a watch of all.
        bool isOfAll = options is { Pids.Count: 0, Uid: null, FollowChildren: false };
        if (isOfAll && CommandNames.LetsThrough(options.Commands, BpfCommand.ProgLoad)) _audit = LoadAudit.TryOpen(_clock, containers);
        if (backend.Number == CaptureBackends.AuditNumber && _audit is null)
        {
            throw new NotSupportedException("watching with backend audit: it sees loads of the whole machine only, where a perf event "
                + "may be opened for it (leave out --pid, --uid, -- COMMAND and other commands than prog_load)");
        }
    }

    /// <summary>The capture backend in use, 1 to 4.</summary>
    public int Backend => _backend.Number;

    /// <summary>Calls that did not come through, as of the last look at the kernel's counters: once a second. From any thread.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Attaches to the kernel. Events are captured from here on.</summary>
    /// <param name="options">What to watch.</param>
    /// <param name="machine">Names what the events are of.</param>
    /// <param name="sink">Takes the events.</param>
    /// <param name="report">Takes a message about losses, as they happen.</param>
    /// <param name="afterBatch">Called on the thread of <see cref="Run"/> after each batch of records.</param>
    /// <exception cref="KernelException">The kernel refused it.</exception>
    public static WatchSession Open(
        WatchOptions options, MachineSnapshot machine, IEventSink sink, Action<string> report, Action? afterBatch = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(machine);
        return new WatchSession(CaptureBackends.Open(options, machine.Types), options, machine, sink, report, afterBatch);
    }

    /// <summary>Reports events until <see cref="Stop"/>, or one of the limits.</summary>
    /// <param name="limit">Events to report at most.</param>
    /// <param name="duration">Time to watch at most; infinite for no limit.</param>
    public WatchSummary Run(long limit = long.MaxValue, TimeSpan? duration = null)
    {
        _limit = limit;
        var clock = Stopwatch.StartNew();
        TimeSpan end = duration ?? TimeSpan.MaxValue, next = LookEvery;
        while (!_stopping && clock.Elapsed < end)
        {
            TimeSpan wait = (next < end ? next : end) - clock.Elapsed;
            if (wait > TimeSpan.Zero && _backend.Poll(wait))
            {
                bool areMany = Drain(() => _stopping || clock.Elapsed >= (next < end ? next : end));
                Thread.Sleep(areMany && _gather > Moment ? Moment : _gather);
            }
            else if (wait > TimeSpan.Zero)
            {
                _readToEndMs = Environment.TickCount64;
            }

            if (clock.Elapsed < next) continue;
            next = clock.Elapsed + LookEvery;
            Look();
        }

        _audit?.Close();
        _backend.Detach();
        Drain(() => false);
        _backend.ReadOpenCalls(Take);
        Look(last: true);
        CaptureCounters counters = _backend.ReadCounters();
        return new WatchSummary(
            counters.CallsMade, _captured, counters.CallsLost + counters.CallsLeftOut, _shown, _failures + (ulong)_assembler.Malformed,
            counters.PiecesLost + counters.PiecesLeftOut, counters.EntriesLost, counters.ElementsMade, counters.ElementsLost,
            counters.CallsLeftOut);
    }

    /// <summary>Ends <see cref="Run"/>, from any thread. What was captured by then is reported.</summary>
    public void Stop()
    {
        _stopping = true;
        _backend.Wake();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _audit?.Dispose();
        _backend.Dispose();
    }

    // A machine that makes events faster than they are reported must not keep the watch from what else is due. Whether there were many.
    private bool Drain(Func<bool> isDue)
    {
        bool isEnd, areMany = false;
        while (!(isEnd = _backend.Consume(Take, RecordsAtOnce) < RecordsAtOnce) && !isDue())
        {
            areMany = true;
            _afterBatch?.Invoke();
        }

        if (isEnd) _readToEndMs = Environment.TickCount64;
        _audit?.Read();
        _sink.Flush();
        _afterBatch?.Invoke();
        return areMany;
    }

    private void Take(ReadOnlySpan<byte> record)
    {
        if (_assembler.Add(record) is not { } call) return;
        _captured++;
        if (Describe(call) is not { } e) return;
        if (e.Program is { Code: not null, Id: { } id }) _audit?.Captured(id);
        if (e.Return is null) _audit?.Unfinished(e.Process.Tid);
        if (Report(e)) _shown++;
    }

    // A call that cannot be decoded must not end the watch: it is reported without its description, and counted.
    private BpfEvent? Describe(CapturedCall call)
    {
        try
        {
            return _decoder.Decode(call);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Undescribed(_decoder.DecodeBriefly(call), e);
        }
    }

    private BpfEvent Undescribed(BpfEvent e, Exception fault)
    {
        _failures++;
        if (_failures == 1) _report($"an event could not be described: {fault.Message} (its line has a note; the last line counts them)");
        return e with
        {
            Map = null,
            Program = null,
            Link = null,
            Btf = null,
            Attach = null,
            Attr = [],
            RawAttr = null,
            Key = null,
            Value = null,
            Note = $"could not be described: {fault.Message}",
        };
    }

    private bool Report(BpfEvent e)
    {
        if (_written >= _limit || !_filter.Passes(e)) return false;
        Write(e);
        if (++_written >= _limit) _stopping = true;
        return true;
    }

    private void Write(BpfEvent e)
    {
        e.Sequence = ++_sequence;
        e.Host = _host;
        try
        {
            _sink.Write(e);
        }
        catch (Exception fault) when (fault is not (OutOfMemoryException or IOException or UnauthorizedAccessException))
        {
            _sink.Write(Undescribed(e, fault));
        }
    }

    // Once a second: counts of element operations, and what was lost.
    private void Look(bool last = false)
    {
        CaptureCounters now = _backend.ReadCounters();
        _host = HostName();
        foreach (BpfEvent e in _elements.Take(now.ElementsMade, _clock.ToUnixNs((ulong)Stopwatch.GetTimestamp()), _readToEndMs, last))
            Report(e);
        foreach (BpfEvent e in _audit?.Take(_readToEndMs, last) ?? []) Report(e);
        ReportLeftOut(now);
        _sink.Flush();
        ReportLoss(now);
        if (!last) _guard?.Look(now);
    }

    // A machine may get its name while it is watched: early at boot, by DHCP.
    private static string? HostName() => KernelFile.Text("/proc/sys/kernel/hostname").Value;

    // Whatever the filters: it is no event of a call, but what is not known of some.
    private void ReportLeftOut(in CaptureCounters now)
    {
        foreach (BpfEvent e in _shares.Take(now, _clock.ToUnixNs((ulong)Stopwatch.GetTimestamp())))
        {
            if (_written < _limit) Write(e);
            _report($"{e.Note}");
        }
    }

    private void ReportLoss(in CaptureCounters now)
    {
        ReportLost(now.CallsLost - _reported.CallsLost, "events lost: the ring buffer was full (give a larger --buffer)");
        ReportLost(now.PiecesLost - _reported.PiecesLost, "pieces of code or logs lost: the ring buffer was full (give a larger --buffer)");
        ReportLost(now.EntriesLost - _reported.EntriesLost, "calls seen at their exit only: more than 4096 at once");
        ReportLost(now.RunsMissed - _reported.RunsMissed,
            "runs of capture programs skipped by the kernel: a call was preempted by another on its CPU");
        ulong auditLost = _audit?.Lost ?? 0;
        ReportLost(auditLost - _auditLost, "of the kernel's own records of loads lost: a load that no system call made may be among them");
        _auditLost = auditLost;
        ReportLost(now.ElementsLost - _reported.ElementsLost, "element operations not counted: more than 16384 pairs of map and process");
        _sequence += (long)(now.CallsLost - _reported.CallsLost + now.CallsLeftOut - _reported.CallsLeftOut);
        Interlocked.Exchange(ref _lost, (long)(now.CallsLost + now.CallsLeftOut));
        _reported = now;
    }

    private void ReportLost(ulong count, string what)
    {
        if (count > 0) _report($"{count} {what}");
    }
}
