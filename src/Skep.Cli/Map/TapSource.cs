using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Maps.Tap;

namespace Skep.Cli.Map;

/// <summary>The records of a map.</summary>
internal sealed class TapSource(TapSession session) : ILiveSource
{
    private TapSummary? _summary;

    public void Run(LiveLimits limits) => _summary = session.Run((ulong)limits.Count, limits.Duration);

    public void Stop() => session.Stop();

    public bool Conclude()
    {
        if (_summary is { } summary) Message.Print(Text(summary));
        return true;
    }

    private static string Text(in TapSummary summary)
    {
        TapCounts counts = summary.Counts;
        string overwritten = (counts.OverwrittenRecords, counts.OverwrittenBytes) switch
        {
            (_, 0) => "0 overwritten",
            ({ } records, ulong bytes) => $"{records} overwritten ({bytes} bytes)",
            (null, ulong bytes) =>
                $"{bytes} bytes overwritten, about {AboutRecords(counts)} records (their sizes differ: the number is not known)",
        };
        string text = $"{counts.Read} records read, {overwritten}";
        if (counts.Discarded > 0) text += $", {counts.Discarded} discarded by the program";
        if (counts.LostByOwner > 0) text += $", {counts.LostByOwner} that did not fit the owner's buffer";
        if (summary.Dropped > 0) text += $"; {summary.Dropped} of those read were not written, the output was slower";
        if (summary.Written + summary.Dropped < counts.Read) text += $"; {summary.Written} written";
        return text;
    }

    private static ulong AboutRecords(in TapCounts counts) => counts.ReadBytes == 0 ? 1
        : (ulong)Math.Round(counts.OverwrittenBytes / ((double)counts.ReadBytes / (counts.Read + counts.Discarded)));
}
