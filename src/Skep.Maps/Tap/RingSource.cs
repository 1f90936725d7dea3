using Skep.Bpf;

namespace Skep.Maps.Tap;

/// <summary>A ring buffer.</summary>
internal sealed class RingSource(BpfMap map) : IRecordSource
{
    private readonly RingBufferTap _tap = new(map);
    private RingBufferHandler? _each;

    public TapCounts Counts
    {
        get
        {
            RingTapCounts counts = _tap.Counts;
            return new TapCounts(counts.Records, counts.Bytes, counts.Discarded, counts.OverwrittenBytes, counts.OverwrittenRecords, 0);
        }
    }

    public string? Note => null;

    public void Wait(TimeSpan timeout) => _tap.Wait(timeout);

    public void Wake() => _tap.Wake();

    public void Read(TapHandler handler) => _tap.Read(_each ??= record => handler(-1, record));

    public void Dispose() => _tap.Dispose();
}
