using Skep.Cli.Common;
using Skep.Filter.Runtime.State;

namespace Skep.Cli.Live;

/// <summary>
/// Runs the commands that go on until they are stopped: by a signal, by a limit, by the end of what they follow, or as their reader leaves.
/// From a signal on, output waits for its reader no longer than a moment.
/// </summary>
internal static class LiveView
{
    /// <summary>Runs one.</summary>
    /// <param name="source">What it shows.</param>
    /// <param name="limits">When it ends by itself.</param>
    /// <param name="writing">What it writes, for errors: <c>events</c>.</param>
    /// <param name="greeting">What is printed once it can be stopped; null for nothing.</param>
    /// <param name="followsReader">Whether it ends with the reader of standard output: not when it writes to a file.</param>
    /// <param name="onHangUp">Called at HUP; that ends it when this is null, or returns false.</param>
    /// <returns>The exit code.</returns>
    public static int Run(
        ILiveSource source, LiveLimits limits, string writing, string? greeting = null, bool followsReader = true,
        Func<bool>? onHangUp = null)
    {
        using StopSignals stop =
            followsReader ? StopSignals.OfLive(source.Stop) : new StopSignals(_ => source.Stop(), onHangUp: onHangUp);
        if (greeting is not null) Message.Print($"{greeting}; Ctrl-C ends it");
        return RunUntilStopped(source, limits, writing);
    }

    /// <summary>Runs one that signals do not stop, but the caller.</summary>
    public static int RunUntilStopped(ILiveSource source, LiveLimits limits, string writing)
    {
        bool isWhole = true;
        try
        {
            source.Run(limits);
        }
        catch (Exception e) when (e is (IOException and not DamagedTableException) or UnauthorizedAccessException)
        {
            OutputEnd.Report(e);
            isWhole = OutputEnd.IsQuiet(e);
            if (!isWhole)
                Message.Error($"writing {writing}: {e.Message} (the output ends there; the last line may be cut)", ExitCode.Failed);
        }

        return source.Conclude() && isWhole ? ExitCode.Done : ExitCode.Failed;
    }
}
