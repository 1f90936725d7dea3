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
        if (_summary is { } summary) Message.Print(summary.Describe());
        return true;
    }
}
