using System.Diagnostics;
using System.Globalization;
using Skep.Cli.Common;
using Skep.Filter.Runtime.Log;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.State;
using Skep.Linux.Files;
using Skep.Linux.Streams;
using Skep.Packets.Captures;

namespace Skep.Cli.Filter;

/// <summary>Runs <c>skep filter log</c> from its first word to its last.</summary>
internal static class FilterLogRun
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1000);

    public static int Start(FilterLogRequest request)
    {
        using LogFollower? follower = LogFollower.Open(request.Table, FilterTables.Say);
        if (follower is null) return FilterApplyCommand.NotApplied(request.Table);
        if (request.Rules.FirstOrDefault(id => follower.Rules.All(r => r.Id != id)) is { } unknown)
        {
            string ids = string.Join(", ", follower.Rules.Select(r => r.Id));
            return Talk.Error($"following the log of table {request.Table}: no rule with the id {unknown} logs (those that do: {ids})", ExitCode.Usage);
        }

        using Stream output = DescriptorStream.StandardOutput();
        bool capturesToOutput = request.Write == "-";
        using Stream? file = request.Write is null ? null : capturesToOutput ? output : OutputFile.Open(request.Write);
        var sinks = new List<ILogSink>();
        if (!capturesToOutput) sinks.Add(request.Json ? new LogJsonWriter(output, request.Table) : new LogTextWriter(output));
        if (file is not null) sinks.Add(new LogCaptureWriter(file, follower.Devices.Select(d => new CaptureInterface(d.Name, LinkTypes.Of(d.Start)))));
        return Follow(follower, request, sinks);
    }

    private static int Follow(LogFollower follower, FilterLogRequest request, List<ILogSink> sinks)
    {
        bool stopped = false;
        using var stop = StopSignals.OfLive(() =>
        {
            Volatile.Write(ref stopped, true);
            follower.Wake();
        });
        Talk.Say($"following the log of table {request.Table}; Ctrl-C ends it");
        TimeSpan duration = request.Duration ?? Forever;
        long shown = 0, start = Stopwatch.GetTimestamp();
        string? mistake = null;
        bool IsDone() => shown >= request.Count || mistake is not null;
        try
        {
            while (!Volatile.Read(ref stopped) && !IsDone() && !follower.IsGone)
            {
                TimeSpan left = duration - Stopwatch.GetElapsedTime(start);
                follower.Read(
                    packet =>
                    {
                        if (request.Rules.Length > 0 && !request.Rules.Contains(packet.Rule?.Id)) return true;
                        foreach (ILogSink sink in sinks) sink.Write(packet);
                        return ++shown < request.Count;
                    },
                    left > TimeSpan.Zero ? left : TimeSpan.Zero);
                foreach (ILogSink sink in sinks) sink.Flush();
                if (left <= TimeSpan.Zero) break;
            }
        }
        catch (IOException e) when (e is not DamagedTableException)
        {
            OutputEnd.Report(e);
            if (!OutputEnd.IsQuiet(e)) mistake = e.Message;
        }

        if (mistake is not null) Talk.Error($"writing logged packets: {mistake} (the output ends there)", ExitCode.Failed);
        if (follower.IsGone) Talk.Say($"table {request.Table} filters no device any more");
        LogCount count = follower.Count;
        Talk.Say(string.Create(CultureInfo.InvariantCulture, $"{shown} packet{(shown == 1 ? "" : "s")} shown; {count.Sent + count.Lost} logged, {count.Lost} of them lost"));
        return mistake is null ? ExitCode.Done : ExitCode.Failed;
    }
}
