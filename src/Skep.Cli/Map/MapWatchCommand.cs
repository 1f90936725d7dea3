using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Options;
using Skep.Linux.Streams;
using Skep.Maps.Dump;

namespace Skep.Cli.Map;

/// <summary><c>skep map watch</c>.</summary>
internal static class MapWatchCommand
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);

    private static readonly Option<bool> Json = new("--json", "-j") { Description = "One JSON object a line." };
    private static readonly Option<TimeSpan?> Interval = Quantities.Time("--interval", "Read the map so often [default: 1s].");
    private static readonly Option<long?> Count = new("-n", "--count") { Description = "End after so many changes.", HelpName = "N" };
    private static readonly Option<TimeSpan?> Duration = Quantities.Time("--duration", "End after this time.");

    public static Command Create()
    {
        var words = new Argument<string[]>("MAP") { Description = MapSpecifier.Description, Arity = ArgumentArity.OneOrMore };
        var watch = new Command("watch", "Shows how the entries of a map change, by reading it again and again: what comes and goes between two readings is not seen.")
        {
            words, Json, Interval, Count, Duration,
        };
        watch.SetAction(parsed =>
        {
            using BpfMap? map = MapSpecifier.OpenOne(parsed.GetValue(words)!, out string? mistake);
            if (map is null) return Talk.Error(mistake!, ExitCode.Usage);
            if (map.Info.KeySize == 0) return Talk.Error(MapDumpCommand.Keyless("watch", map.Info), ExitCode.NotPermitted);
            return Follow(map, parsed);
        });
        return watch;
    }

    private static int Follow(BpfMap map, ParseResult parsed)
    {
        TimeSpan interval = parsed.GetValue(Interval) ?? DefaultInterval;
        using DescriptorStream output = DescriptorStream.StandardOutput();
        using var watch = new MapWatch(map, output, parsed.GetValue(Json));
        using var stop = StopSignals.OfLive(watch.Stop);
        Talk.Say($"{watch.StartCount} entries at the start; read every {interval.TotalSeconds:0.###}s; Ctrl-C ends it");
        try
        {
            MapWatchSummary seen = watch.Run(interval, parsed.GetValue(Count) ?? long.MaxValue, parsed.GetValue(Duration));
            Talk.Say($"{seen.Changes} changes in {seen.Snapshots} readings: {seen.Added} added, {seen.Changed} changed, {seen.Deleted} deleted (what came and went between two readings is not among them)");
            return ExitCode.Done;
        }
        catch (IOException e) when (OutputEnd.IsQuiet(e))
        {
            OutputEnd.Report(e);
            return ExitCode.Done;
        }
    }
}
