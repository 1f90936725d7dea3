using Skep.Bpf;
using Skep.Linux.Events;
using Skep.Output;

namespace Skep.Maps.Tap;

/// <summary>The rings of a <c>perf_event_array</c>, one a CPU.</summary>
internal sealed class PerfSource : IRecordSource
{
    // Rings are looked at by the clock alone: to poll a perf event takes the wake-up from its owner.
    private static readonly TimeSpan ActivePause = TimeSpan.FromMilliseconds(1), IdlePause = TimeSpan.FromMilliseconds(10);
    private const int IdleAfter = 100;

    private readonly List<(int Cpu, PerfBufferTap Tap)> _rings = [];
    private readonly EventPoll _wake = new();
    private List<RingBufferHandler>? _each;
    private int _quiet;

    public PerfSource(BpfMap map)
    {
        List<PerfOutput> outputs = PerfOutputs.Find(map, out string? unseen);
        if (outputs.Count == 0)
        {
            _wake.Dispose();
            throw new NotSupportedException(
                $"tap map {map.Info.Id}: there is no ring to follow ("
                + $"{unseen ?? "the map holds no perf event: its owner has exited, or has not started"})");
        }

        try
        {
            foreach (PerfOutput output in outputs)
                _rings.Add((output.Slot, new PerfBufferTap((int)output.Owner.Pid, output.Fd, output.Pages, output.RawOffset)));
        }
        catch
        {
            Dispose();
            throw;
        }

        string owners =
            string.Join(", ", outputs.Select(output => $"{SafeText.Escape(output.Owner.Comm)} (pid {output.Owner.Pid})").Distinct());
        Note = $"{outputs.Count} rings of {owners} are followed" + (unseen is null ? "" : $"; not followed: {unseen}");
    }

    public TapCounts Counts
    {
        get
        {
            var sum = new TapCounts(0, 0, 0, 0, 0, 0);
            foreach ((_, PerfBufferTap tap) in _rings)
            {
                PerfTapCounts counts = tap.Counts;
                sum = new TapCounts(
                    sum.Read + counts.Records, sum.ReadBytes + counts.Bytes, 0, sum.OverwrittenBytes + counts.OverwrittenBytes,
                    sum.OverwrittenRecords + counts.OverwrittenRecords, sum.LostByOwner + counts.Lost);
            }

            return sum;
        }
    }

    public string? Note { get; }

    public void Wait(TimeSpan timeout)
    {
        Span<ulong> none = stackalloc ulong[1];
        TimeSpan pause = _quiet < IdleAfter ? ActivePause : IdlePause;
        _wake.Wait(timeout < pause ? timeout : pause, none);
    }

    public void Wake() => _wake.Wake();

    public void Read(TapHandler handler)
    {
        int records = 0;
        _each ??= _rings.ConvertAll<RingBufferHandler>(ring => record => handler(ring.Cpu, record));
        for (int i = 0; i < _rings.Count; i++) records += _rings[i].Tap.Read(_each[i]);
        _quiet = records > 0 ? 0 : _quiet + 1;
    }

    public void Dispose()
    {
        foreach ((_, PerfBufferTap tap) in _rings) tap.Dispose();
        _wake.Dispose();
    }
}
