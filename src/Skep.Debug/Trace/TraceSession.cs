using System.Runtime.InteropServices;
using System.Text;
using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Debug.Trace;

/// <summary>What a trace counted in the kernel: of calls also those whose records were lost.</summary>
/// <param name="Calls">Calls that came to their end.</param>
/// <param name="Lost">Records that had no room: the beginning of a call, its end, or text.</param>
/// <param name="Unkept">Calls that were not followed: too many went on at once.</param>
/// <param name="Missed">Calls that were not seen: the handler was at work on that CPU already.</param>
/// <param name="Histogram">Calls by the highest bit of their duration in nanoseconds.</param>
public sealed record TraceCounts(ulong Calls, ulong Lost, ulong Unkept, ulong Missed, IReadOnlyList<ulong> Histogram);

/// <summary>Traces functions until it is stopped.</summary>
public sealed class TraceSession : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    // What is called without end must not keep the reader from what else is due.
    private const int StreamBytes = 16384, StreamReads = 8, RecordsAtOnce = 256;

    private readonly List<TraceProbe> _probes = [];
    private readonly IReadOnlyList<TraceTarget> _targets;
    private readonly CallReader _reader;
    private readonly BpfProgram? _streams;
    private readonly RingBuffer _ring;
    private readonly BpfMap _counters;
    private readonly BpfMap _histogram;
    private volatile bool _stopping;
    private bool _hasStreams = true;

    private TraceSession(BpfProgram program, IReadOnlyList<TraceTarget> targets, TraceOptions options)
    {
        _targets = targets;
        _reader = new CallReader(targets, (int)options.StackRoom);
        try
        {
            foreach (TraceTarget target in targets)
                _probes.Add(TraceProbe.Attach(program, target, _probes.Count, options, _probes.FirstOrDefault()));
            using BpfMap events = _probes[0].Map("events");
            _ring = new RingBuffer(events);
            _counters = _probes[0].Map("counters");
            _histogram = _probes[0].Map("histogram");
            if (options.Output) _streams = program.Duplicate();
        }
        catch
        {
            foreach (TraceProbe probe in _probes) probe.Dispose();
            _ring?.Dispose();
            _counters?.Dispose();
            throw;
        }
    }

    /// <summary>What was counted until now.</summary>
    public TraceCounts Counts
    {
        get
        {
            ulong[] histogram = new ulong[TraceLayout.HistogramSlots];
            for (uint i = 0; i < histogram.Length; i++) histogram[i] = ValueOf(_histogram, i);
            return new TraceCounts(
                Count(TraceCounter.Calls), Count(TraceCounter.Lost), Count(TraceCounter.Unkept),
                _targets[0].Helper is null ? _probes[0].Missed : 0, histogram);
        }
    }

    /// <summary>Begins a trace: calls that begin from here on are seen.</summary>
    /// <param name="program">The program; not disposed.</param>
    /// <param name="targets">Its function, or the functions of the kernel that it calls.</param>
    /// <param name="options">What is sent beside calls.</param>
    /// <exception cref="NotSupportedException">The kernel traces no such function.</exception>
    /// <exception cref="InvalidDataException">It does not trace this one.</exception>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static TraceSession Open(BpfProgram program, IReadOnlyList<TraceTarget> targets, TraceOptions options)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(options);
        return new TraceSession(program, targets, options);
    }

    /// <summary>Hands on what comes: waits for it, no longer than a time.</summary>
    /// <param name="call">Takes a call; false when no more is wanted.</param>
    /// <param name="print">Takes text.</param>
    /// <param name="timeout">How long it waits.</param>
    /// <returns>False when no more is wanted, or it was stopped and nothing is left.</returns>
    public bool Read(Func<TraceCall, bool> call, Action<TracePrint> print, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(print);
        bool isLast = _stopping, goesOn = true;
        if (isLast)
            foreach (TraceProbe probe in _probes) probe.Detach();
        else
            _ring.Poll(timeout < LookEvery ? timeout : LookEvery);
        _ring.Consume(
            record =>
            {
                if (!goesOn) return;
                (TraceCall? ended, TracePrint? text) = _reader.Read(record);
                if (text is not null) print(text);
                if (ended is not null) goesOn = call(ended);
            },
            isLast ? int.MaxValue : RecordsAtOnce);
        if (_streams is not null && _hasStreams)
        {
            foreach (BpfStream stream in (BpfStream[])[BpfStream.Output, BpfStream.Error]) ReadStream(stream, print);
        }

        return goesOn && !isLast;
    }

    /// <summary>Ends the trace, from any thread: what was sent by then is still read.</summary>
    public void Stop()
    {
        _stopping = true;
        _ring.Wake();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TraceProbe probe in _probes) probe.Dispose();
        _ring.Dispose();
        _counters.Dispose();
        _histogram.Dispose();
        _streams?.Dispose();
    }

    private void ReadStream(BpfStream stream, Action<TracePrint> print)
    {
        var text = new byte[StreamBytes];
        for (int i = 0; i < StreamReads; i++)
        {
            int? read = _streams!.ReadStream(stream, text);
            if (read is null) _hasStreams = false;
            if (read is not > 0) return;
            string name = stream == BpfStream.Output ? "stdout" : "stderr";
            foreach (string line in Encoding.UTF8.GetString(text, 0, read.Value).TrimEnd('\n').Split('\n'))
                print(new TracePrint(_targets[0], null, name, line));
        }
    }

    private ulong Count(TraceCounter counter) => ValueOf(_counters, (uint)counter);

    private static ulong ValueOf(BpfMap map, uint slot)
    {
        ulong value = 0;
        return map.TryLookup(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in slot)), MemoryMarshal.AsBytes(new Span<ulong>(ref value)))
            ? value : 0;
    }
}
