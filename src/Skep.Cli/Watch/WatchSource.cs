using System.Runtime.ExceptionServices;
using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Watch.Save;
using Skep.Watch.Session;

namespace Skep.Cli.Watch;

/// <summary>The events of a watch.</summary>
/// <param name="session">The watch.</param>
/// <param name="sink">Takes its events.</param>
/// <param name="saving">Keeps programs; null when none are kept.</param>
/// <param name="file">Takes them; null when they go to standard output.</param>
internal sealed class WatchSource(WatchSession session, EndingSink sink, SavingSink? saving, EventFile? file) : ILiveSource
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
        if (_summary is { } summary) Message.Print(summary.Describe());
        if (file is { Unwritten: > 0 and var unwritten })
            Message.Error($"writing events: {unwritten} found no room in the file", ExitCode.Failed);
        return saving is not { Failed: > 0 } && file is not { Unwritten: > 0 };
    }
}
