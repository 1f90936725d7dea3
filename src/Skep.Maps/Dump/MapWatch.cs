using System.Diagnostics;
using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Events;
using Skep.Output;

namespace Skep.Maps.Dump;

/// <summary>The changes of a map between its readings.</summary>
/// <param name="Snapshots">How often the map was read.</param>
/// <param name="Added">Entries that were added.</param>
/// <param name="Changed">Entries that got another value.</param>
/// <param name="Deleted">Entries that were deleted.</param>
public readonly record struct MapWatchSummary(long Snapshots, long Added, long Changed, long Deleted)
{
    public long Changes => Added + Changed + Deleted;

    /// <summary>The summary in words, for the end of a watch.</summary>
    public string Describe() =>
        $"{Changes} changes in {Snapshots} readings: {Added} added, {Changed} changed, {Deleted} deleted "
        + "(what came and went between two readings is not among them)";
}

/// <summary>
/// Tells how the entries of a map change, by reading it again and again. What comes and goes between two readings is not seen.
/// </summary>
public sealed class MapWatch : IDisposable
{
    private readonly BpfMap _map;
    private readonly ChangeWriter _writer;
    private readonly EventPoll _wake = new();
    private volatile bool _stopping;

    /// <summary>Begins with the map as it is now.</summary>
    /// <param name="map">A map with keys; not disposed.</param>
    /// <param name="types">The kernel's.</param>
    /// <param name="output">Where changes are written.</param>
    /// <param name="form">How.</param>
    /// <exception cref="KernelException">The map's type has no entries, or it may not be read.</exception>
    public MapWatch(BpfMap map, KernelTypes types, Stream output, OutputForm form)
    {
        ArgumentNullException.ThrowIfNull(map);
        _map = map;
        _writer = new ChangeWriter(output, map.Info, types, form);
        Start = MapSnapshot.Read(map);
    }

    /// <summary>How many entries there were at the beginning.</summary>
    public int StartCount => Start.Count;

    private MapSnapshot Start { get; }

    /// <summary>Tells changes until <see cref="Stop"/>, or one of the limits.</summary>
    /// <param name="interval">Time from one reading to the next.</param>
    /// <param name="limit">Changes to tell at most.</param>
    /// <param name="duration">Time to watch at most; null for no limit.</param>
    public MapWatchSummary Run(TimeSpan interval, long limit = long.MaxValue, TimeSpan? duration = null)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan end = duration ?? TimeSpan.MaxValue, next = interval;
        MapSnapshot last = Start;
        var summary = new MapWatchSummary(1, 0, 0, 0);
        bool ending = false;
        while (!ending && summary.Changes < limit)
        {
            Pause((next < end ? next : end) - clock.Elapsed);

            // Also when it was stopped: what happened until then is reported.
            ending = _stopping || clock.Elapsed >= end;
            if (!ending && clock.Elapsed < next) continue;
            next = clock.Elapsed + interval;
            last = Look(last, limit, ref summary);
        }

        return summary;
    }

    /// <summary>Ends <see cref="Run"/>, from any thread.</summary>
    public void Stop()
    {
        _stopping = true;
        _wake.Wake();
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    private void Pause(TimeSpan time)
    {
        Span<ulong> none = stackalloc ulong[1];
        if (time > TimeSpan.Zero) _wake.Wait(time, none);
    }

    private MapSnapshot Look(MapSnapshot last, long limit, ref MapWatchSummary summary)
    {
        DateTime time = DateTime.UtcNow;
        MapWatchSummary seen = summary with { Snapshots = summary.Snapshots + 1 };
        MapSnapshot now = MapSnapshot.Read(_map, last, (key, old, value) =>
        {
            if (seen.Changes >= limit) return;
            EntryChangeKind kind = old is null ? EntryChangeKind.Added : value is null ? EntryChangeKind.Deleted : EntryChangeKind.Changed;
            seen = kind switch
            {
                EntryChangeKind.Added => seen with { Added = seen.Added + 1 },
                EntryChangeKind.Changed => seen with { Changed = seen.Changed + 1 },
                _ => seen with { Deleted = seen.Deleted + 1 },
            };
            _writer.Write(time, kind, key, old, value);
        });
        summary = seen;
        _writer.Flush();
        return now;
    }
}
