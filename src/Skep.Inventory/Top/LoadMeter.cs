using System.Diagnostics;
using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;

namespace Skep.Inventory.Top;

/// <summary>
/// Reads what all programs run. As long as it is open the kernel counts; when the last such process ends, by whatever end, the kernel stops
/// (the statistics hang on a descriptor).
/// </summary>
public sealed class LoadMeter : IDisposable
{
    // Who holds and where attached costs a walk over descriptors, namespaces and cgroups.
    private static readonly TimeSpan SurroundingsLast = TimeSpan.FromSeconds(10), SurroundingsRest = TimeSpan.FromSeconds(2);

    private readonly BpfStatistics _statistics = BpfStatistics.Enable();
    private readonly Dictionary<uint, Reading> _before = [];
    private readonly Dictionary<uint, long> _mapBytes = [];
    private readonly ProgramNames _names = new();
    private MachineSnapshot _machine;
    private Surroundings? _around;
    private long _aroundRead, _last;
    private bool _first = true;

    /// <summary>Begins to count.</summary>
    /// <param name="machine">Names what is found; it is renewed as time passes.</param>
    public LoadMeter(MachineSnapshot machine) => _machine = machine;

    /// <summary>Why the processes that hold programs cannot be told; null when they can.</summary>
    public string? OwnersUnknown => _around?.Owners.Reason;

    /// <summary>Reads all programs. The first sample has no period: it is what the next one is held against.</summary>
    /// <exception cref="KernelException">Programs may not be walked.</exception>
    public LoadSample Take()
    {
        DateTime time = DateTime.UtcNow;
        long now = Stopwatch.GetTimestamp();
        TimeSpan period = _first ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_last, now);
        var read = new List<(ProgramEntry Entry, long At)>();
        foreach (uint id in KernelObjects.ProgramIds().ToArray())
        {
            // It may have gone since it was listed.
            using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
            if (program is null) continue;
            long at = Stopwatch.GetTimestamp();
            read.Add((ProgramEntry.Read(program, _names, _machine.Clock), at));
        }

        Refresh(read);
        var loads = new List<ProgramLoad>(read.Count);
        foreach ((ProgramEntry entry, long at) in read) loads.Add(Load(entry, at, period));
        Forget(read);
        _last = now;
        _first = false;
        return new LoadSample(time, period, loads);
    }

    /// <inheritdoc/>
    public void Dispose() => _statistics.Dispose();

    private ProgramLoad Load(ProgramEntry entry, long at, TimeSpan period)
    {
        BpfProgramInfo info = entry.Info;

        // Ids rise: one that was not there before was loaded since, and has run nothing before that.
        TimeSpan since = period;
        Reading before = default;
        if (_before.TryGetValue(info.Id, out Reading known))
        {
            before = known;
            since = Stopwatch.GetElapsedTime(known.At, at);
        }
        else if (_first)
        {
            before = new Reading(info.RunCount, info.RunTimeNs, at);
        }

        _before[info.Id] = new Reading(info.RunCount, info.RunTimeNs, at);
        return new ProgramLoad
        {
            Id = info.Id,
            Type = info.Type,
            Name = entry.Name,
            RunCount = info.RunCount,
            RunTimeNs = info.RunTimeNs,
            Period = since,
            PeriodRuns = info.RunCount - before.Runs,
            PeriodNs = info.RunTimeNs - before.Nanoseconds,
            Memlock = _around!.Memlock(info.Id),
            MapBytes = entry.MapIds.Sum(MapBytes),
            Owners = _around.Owners.OfProgram(info.Id),
            Attachments = _around.Attachments?.OfProgram(info.Id) ?? [],
        };
    }

    private void Refresh(List<(ProgramEntry Entry, long At)> read)
    {
        bool isNew = read.Exists(program => !_before.ContainsKey(program.Entry.Info.Id));
        TimeSpan age = Stopwatch.GetElapsedTime(_aroundRead);
        if (_around is not null && age < (isNew ? SurroundingsRest : SurroundingsLast)) return;
        if (_around is not null) _machine = _machine.Renew();
        _around = Surroundings.Begin(_machine, attachments: true);
        _mapBytes.Clear();
        _aroundRead = Stopwatch.GetTimestamp();
    }

    private long MapBytes(uint id)
    {
        if (_mapBytes.TryGetValue(id, out long known)) return known;
        using BpfMap? map = BpfMap.TryOpenById(id, out _);
        return _mapBytes[id] = map?.ReadFields().Number("memlock"u8) ?? 0;
    }

    private void Forget(List<(ProgramEntry Entry, long At)> read)
    {
        if (_before.Count == read.Count) return;
        HashSet<uint> there = [.. read.Select(program => program.Entry.Info.Id)];
        foreach (uint gone in _before.Keys.Where(id => !there.Contains(id)).ToArray()) _before.Remove(gone);
    }

    private readonly record struct Reading(ulong Runs, ulong Nanoseconds, long At);
}
