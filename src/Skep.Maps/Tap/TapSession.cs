using System.Diagnostics;
using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Processes;
using Skep.Output;

namespace Skep.Maps.Tap;

/// <summary>How many records a tap read, wrote and lost.</summary>
/// <param name="Counts">What the source met.</param>
/// <param name="Written">Records that were written out.</param>
/// <param name="Dropped">Records that were read but not written, because the output was slower for too long.</param>
public readonly record struct TapSummary(TapCounts Counts, ulong Written, ulong Dropped)
{
    /// <summary>The summary in words, for the end of a tap.</summary>
    public string Describe()
    {
        string overwritten = (Counts.OverwrittenRecords, Counts.OverwrittenBytes) switch
        {
            (_, 0) => "0 overwritten",
            ({ } records, ulong bytes) => $"{records} overwritten ({bytes} bytes)",
            (null, ulong bytes) =>
                $"{bytes} bytes overwritten, about {AboutRecords(Counts)} records (their sizes differ: the number is not known)",
        };
        string text = $"{Counts.Read} records read, {overwritten}";
        if (Counts.Discarded > 0) text += $", {Counts.Discarded} discarded by the program";
        if (Counts.LostByOwner > 0) text += $", {Counts.LostByOwner} that did not fit the owner's buffer";
        if (Dropped > 0) text += $"; {Dropped} of those read were not written, the output was slower";
        if (Written + Dropped < Counts.Read) text += $"; {Written} written";
        return text;
    }

    private static ulong AboutRecords(in TapCounts counts) => counts.ReadBytes == 0 ? 1
        : (ulong)Math.Round(counts.OverwrittenBytes / ((double)counts.ReadBytes / (counts.Read + counts.Discarded)));
}

/// <summary>Follows the records of a map until it is stopped. A thread reads, another writes.</summary>
public sealed class TapSession : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly IRecordSource _source;
    private readonly RecordWriter _writer;
    private readonly Action<string> _report;
    private readonly RecordQueue _queue = new();
    private TapCounts _reported;
    private ulong _droppedReported;
    private volatile bool _stopping;
    private Exception? _failure;

    private TapSession(IRecordSource source, RecordWriter writer, Action<string> report)
    {
        _source = source;
        _writer = writer;
        _report = report;
    }

    /// <summary>What is to be known of what this tap sees; null for nothing.</summary>
    public string? Note => _source.Note;

    /// <summary>Opens a tap. Records are followed from here on.</summary>
    /// <param name="map">A ring buffer, or an array of perf events.</param>
    /// <param name="output">Where records are written.</param>
    /// <param name="form">How.</param>
    /// <param name="type">How records are laid out; null when that is not known.</param>
    /// <param name="layouts">How they are by the code that sends them, for want of a type; null for bytes.</param>
    /// <param name="report">Takes what is to be said of losses, as they happen.</param>
    /// <exception cref="NotSupportedException">Maps of this type send no records.</exception>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static TapSession Open(
        BpfMap map, Stream output, OutputForm form, RecordType? type, RecordLayouts? layouts, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(map);
        IRecordSource source = map.Info.Type switch
        {
            BpfMapType.Ringbuf => new RingSource(map),
            BpfMapType.PerfEventArray => new PerfSource(map),
            _ =>
                throw new NotSupportedException(
                    $"tap map {map.Info.Id}: {map.Info.Type.Name()} maps send no records (tap a ringbuf or a perf_event_array; follow "
                    + $"changes of others by skep map watch)"),
        };
        return new TapSession(source, new RecordWriter(output, form, type, layouts), report);
    }

    /// <summary>Tells records until <see cref="Stop"/>, or one of the limits.</summary>
    /// <param name="limit">Records to tell at most.</param>
    /// <param name="duration">Time to follow at most; null for no limit.</param>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public TapSummary Run(ulong limit = ulong.MaxValue, TimeSpan? duration = null)
    {
        var reader = new Thread(ReadUntilStopped) { Name = "tap" };
        reader.Start();
        ulong written = 0;
        try
        {
            var clock = Stopwatch.StartNew();
            TimeSpan look = LookEvery;
            ulong sequence = 0;
            while (written < limit)
            {
                TimeSpan wait = look - clock.Elapsed;
                RecordQueue.Block? block = _queue.Take(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, out bool timedOut);
                if (block is null && !timedOut) break;
                if (block is not null) Write(block, limit, ref sequence, ref written);
                if (duration is { } end && clock.Elapsed >= end) Stop();
                else if (duration is { } later && later - clock.Elapsed is { } left && left < LookEvery) look = clock.Elapsed + left;
                if (clock.Elapsed < look) continue;
                look = clock.Elapsed + LookEvery;
                ReportLosses();
            }
        }
        finally
        {
            Stop();
            reader.Join();
        }

        if (_failure is not null) throw _failure;
        return new TapSummary(_source.Counts, written, _queue.Dropped);
    }

    /// <summary>Ends <see cref="Run"/>, from any thread. What was sent by then is reported.</summary>
    public void Stop()
    {
        _stopping = true;
        _source.Wake();
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private void Write(RecordQueue.Block block, ulong limit, ref ulong sequence, ref ulong written)
    {
        for (int offset = 0; offset < block.Used && written < limit;)
        {
            ReadOnlySpan<byte> record = block.At(ref offset, out int cpu);
            _writer.Write(block.Time, ++sequence, cpu, record);
            written++;
        }

        sequence += block.Count;
        _queue.Return(block);
        _writer.Flush();
    }

    private void ReadUntilStopped()
    {
        // It takes no more of the CPU for it, but takes it when a ring is about to be written over.
        SchedulingPriority.RaiseOfThread();
        TapHandler add = _queue.Add;
        try
        {
            while (true)
            {
                bool last = _stopping;
                _source.Read(add);
                _queue.Pass();
                if (last) break;
                _source.Wait(LookEvery);
            }
        }
        catch (Exception e)
        {
            _failure = e;
        }

        _queue.End();
    }

    private void ReportLosses()
    {
        TapCounts now = _source.Counts;
        if (Grown(_reported.OverwrittenBytes, now.OverwrittenBytes) is { } overwritten)
            _report($"{overwritten} bytes of records were overwritten before they could be read (the owner has them)");
        if (Grown(_reported.LostByOwner, now.LostByOwner) is { } lost) _report($"{lost} records did not fit the owner's buffer");
        ulong dropped = _queue.Dropped;
        if (Grown(_droppedReported, dropped) is { } unwritten)
            _report($"{unwritten} records were read and not written: the output is slower than they come");
        _reported = now;
        _droppedReported = dropped;
    }

    private static ulong? Grown(ulong before, ulong now) => now > before ? now - before : null;
}
