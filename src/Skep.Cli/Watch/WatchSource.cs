using System.Runtime.ExceptionServices;
using System.Text;
using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Watch.Save;
using Skep.Watch.Session;

namespace Skep.Cli.Watch;

/// <summary>The events of a watch.</summary>
/// <param name="session">The watch.</param>
/// <param name="sink">Takes its events.</param>
/// <param name="saving">Keeps programs; null when none are kept.</param>
internal sealed class WatchSource(WatchSession session, EndingSink sink, SavingSink? saving) : ILiveSource
{
    private WatchSummary? _summary;

    public void Run(LiveLimits limits)
    {
        sink.Closed = session.Stop;
        _summary = session.Run(limits.Count, limits.Duration);
        if (sink.Failure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    public void Stop() => session.Stop();

    public bool Conclude()
    {
        if (saving is { Failed: > 0 and var failed })
            Message.Error($"saving programs: {failed} could not be kept (the first error is above)", ExitCode.Failed);
        if (_summary is { } summary) Message.Print(Text(summary));
        return saving is null or { Failed: 0 };
    }

    private static string Text(in WatchSummary summary)
    {
        var text = new StringBuilder($"{summary.Captured} events captured, {summary.Lost} lost");
        if (summary.LeftOut > 0) text.Append($" ({summary.LeftOut} of them over what users without CAP_BPF may take)");
        if (summary.Shown != summary.Captured) text.Append($", {summary.Shown} shown");
        if (summary.ElementsMade > 0) text.Append($"; {summary.ElementsMade} element operations counted");
        if (summary.ElementsLost > 0) text.Append($", {summary.ElementsLost} of them not by map");
        if (summary.PiecesLost > 0) text.Append($"; {summary.PiecesLost} pieces of code or logs lost");
        if (summary.EntriesLost > 0) text.Append($"; {summary.EntriesLost} calls seen at their exit only");
        if (summary.DecodeFailures > 0) text.Append($"; {summary.DecodeFailures} events not described");
        return text.ToString();
    }
}
