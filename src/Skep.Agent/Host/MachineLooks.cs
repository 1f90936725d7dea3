using Skep.Agent.Alerts.Raise;
using Skep.Agent.Config;
using Skep.Agent.History;
using Skep.Agent.Live;
using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Linux.Time;

namespace Skep.Agent.Host;

/// <summary>
/// Looks at what there is on the machine: at the start, each half minute, and soon after an event that changes it. Reads in some of these
/// periods what programs run; the kernel counts only then.
/// </summary>
internal sealed class MachineLooks : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30), Soon = TimeSpan.FromSeconds(2),
        SoonAtLast = TimeSpan.FromSeconds(10),
        DecisionsEvery = TimeSpan.FromSeconds(1);

    // Where something changes all the time, looks take this part of a CPU at most.
    private const double MostDuty = 0.0025;

    // Of a table with very many rules that all count, history keeps those that counted most.
    private const int MostRules = 1000;

    private readonly Recorder _recorder;
    private readonly AlertEngine _alerts;
    private readonly Action<string> _report;
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly AutoResetEvent _changed = new(initialState: false);
    private readonly Thread _looks, _usage, _decided;
    private readonly FilterLooks _filters;
    private readonly LiveMachine _live;
    private MachineSnapshot _machine;
    private volatile AgentConfig _config;
    private volatile bool _reported;

    /// <param name="recorder">Stores what is found.</param>
    /// <param name="alerts">Judges what is found.</param>
    /// <param name="machine">Names it.</param>
    /// <param name="config">How often usage is sampled.</param>
    /// <param name="live">Takes what was found last.</param>
    /// <param name="decisions">Takes what guard decides.</param>
    /// <param name="report">Takes what goes wrong.</param>
    public MachineLooks(
        Recorder recorder, AlertEngine alerts, MachineSnapshot machine, AgentConfig config, LiveMachine live,
        DecisionLooks decisions, Action<string> report)
    {
        (_recorder, _alerts, _machine, _config, _live, _report) = (recorder, alerts, machine, config, live, report);
        _filters = new FilterLooks(report);
        _looks = new Thread(() => Repeat(Look)) { IsBackground = true, Name = "looks" };
        _usage = new Thread(() => Repeat(Sample)) { IsBackground = true, Name = "usage" };
        _decided = new Thread(() => Repeat(() => Decisions(decisions))) { IsBackground = true, Name = "decisions" };
    }

    /// <summary>Begins.</summary>
    public void Start()
    {
        _looks.Start();
        _usage.Start();
        _decided.Start();
    }

    /// <summary>Something has changed: a look is due soon.</summary>
    public void Changed() => _changed.Set();

    /// <summary>Goes by another configuration.</summary>
    public void Use(AgentConfig config) => _config = config;

    /// <summary>Ends.</summary>
    public void Stop()
    {
        _stop.Set();
        _looks.Join();
        _usage.Join();
        _decided.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        _changed.Dispose();
    }

    // Each turn says for how long it is the last.
    private void Repeat(Func<TimeSpan> turn)
    {
        TimeSpan pause = TimeSpan.Zero;
        while (!_stop.WaitOne(pause))
        {
            try
            {
                pause = turn();
            }
            catch (Exception e) when (e is KernelException or IOException or InvalidDataException or NotSupportedException)
            {
                if (!_reported) _report($"looking at the machine: {e.Message}");
                _reported = true;
                pause = LookEvery;
            }
        }
    }

    private TimeSpan Look()
    {
        _changed.Reset();
        MachineSnapshot machine = _machine = _machine.Renew();
        long now = Clocks.UnixNanoseconds(), begun = System.Diagnostics.Stopwatch.GetTimestamp();
        List<Listed<ProgramEntry>> listed = [];
        List<Listed<MapEntry>> listedMaps = [];
        Surroundings around = Surroundings.Begin(machine, attachments: true, () =>
        {
            // Ids are walked before the agent loads anything itself.
            listed = [.. ObjectWalk.Programs(machine.Clock)];
            listedMaps = [.. ObjectWalk.Maps()];
        });
        around.Complete();
        _live.Look = new(now, listed, listedMaps, around);
        List<ProgramEntry> programs = [.. listed.Select(one => one.Entry).OfType<ProgramEntry>()];
        List<MapEntry> maps = [.. listedMaps.Select(one => one.Entry).OfType<MapEntry>()];
        List<Attachment>? attachments = around.Attachments is { } index ? [.. programs.SelectMany(p => index.OfProgram(p.Info.Id))] : null;
        Dictionary<uint, long?> memlock = programs.ToDictionary(p => p.Info.Id, p => around.Memlock(p.Info.Id));
        // Of what came since the walk began, it knows nothing.
        var objects = new MachineObjects(now, programs, maps, attachments, memlock.GetValueOrDefault);
        _alerts.Take(programs);
        _recorder.Add(writer => _alerts.TakeFound(writer.Store(objects)));
        // What comes in a burst is looked at once.
        TimeSpan rest = System.Diagnostics.Stopwatch.GetElapsedTime(begun) / MostDuty;
        int woken = WaitHandle.WaitAny([_stop, _changed], LookEvery);
        return woken != 1 ? TimeSpan.Zero : rest < Soon ? Soon : rest < SoonAtLast ? rest : SoonAtLast;
    }

    private TimeSpan Sample()
    {
        AgentConfig config = _config;
        TimeSpan counted = config.UsageInterval * config.UsageDuty;
        if (counted > TimeSpan.Zero)
        {
            using BpfStatistics statistics = BpfStatistics.Enable();
            Dictionary<uint, (ulong Runs, ulong Ns)> before = Runs();
            long begun = System.Diagnostics.Stopwatch.GetTimestamp();
            _stop.WaitOne(counted);
            long period = (long)System.Diagnostics.Stopwatch.GetElapsedTime(begun).TotalNanoseconds;
            long now = Clocks.UnixNanoseconds();
            var samples = new List<UsageSample>();
            foreach ((uint id, (ulong runs, ulong ns)) in Runs())
            {
                before.TryGetValue(id, out (ulong Runs, ulong Ns) earlier);
                if (runs > earlier.Runs) samples.Add(new(id, now, period, runs - earlier.Runs, ns - earlier.Ns));
            }

            _live.Usage = new(period, samples.ToDictionary(one => one.ProgramId));
            if (samples.Count > 0)
            {
                _alerts.Take(samples);
                _recorder.Add(writer => writer.Store(samples));
            }
        }

        List<FilterSample> counts = _filters.Read();
        _alerts.Take(counts, Clocks.UnixNanoseconds());
        if (counts.Count > 0) _recorder.Add(writer => writer.Store(Most(counts)));
        return config.UsageInterval - counted;
    }

    private static TimeSpan Decisions(DecisionLooks decisions)
    {
        decisions.Read();
        return DecisionsEvery;
    }

    private static List<FilterSample> Most(List<FilterSample> counts) =>
    [
        .. counts.GroupBy(count => count.Table).SelectMany(table => table.OrderByDescending(count => count.Packets).Take(MostRules)),
    ];

    private static Dictionary<uint, (ulong, ulong)> Runs()
    {
        var runs = new Dictionary<uint, (ulong, ulong)>();
        foreach (uint id in KernelObjects.ProgramIds().ToArray())
        {
            using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
            if (program?.GetInfo() is { } info) runs[id] = (info.RunCount, info.RunTimeNs);
        }

        return runs;
    }
}
