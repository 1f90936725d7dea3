using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Inventory.Objects;
using Skep.Maps.Dump;
using Skep.Output;

namespace Skep.Cli.Map;

/// <summary><c>skep map watch</c>.</summary>
internal static class MapWatchCommand
{
    public static Command Create()
    {
        SelectableObjects<BpfMap> objects = SelectableObjects.Maps();
        Argument<string[]> words = ObjectArgument.Of("MAP", objects.Kind);
        var live = new LiveOptions("changes", "Time from one reading of the map to the next [default: 1s].");
        var watch = new SkepCommand(
            "watch",
            "Prints how the entries of a map change, by reading it again and again.\n"
            + "What comes and goes between two readings is not seen.",
            new(
                "docs/map.md",
                new("skep map watch id 5", "added, changed and deleted entries, read every second"),
                new("skep map watch name my_map --interval 100ms -j", "the same ten times a second, as JSON"))) { words };
        live.AddTo(watch);
        watch.Prints((parsed, form) =>
        {
            using BpfMap? map = ObjectArgument.OpenOne(objects, parsed.GetValue(words)!, out string? mistake);
            if (map is null) return Message.Error(mistake!, ExitCode.Usage);
            if (map.Info.KeySize == 0) return Message.Error(MapDump.Keyless("watch", map.Info), ExitCode.NotPermitted);
            return Follow(map, form, live.Of(parsed));
        });
        return watch;
    }

    private static int Follow(BpfMap map, OutputForm form, LiveLimits limits)
    {
        using Stream output = StandardOutput.Open();
        using var watch = new MapWatch(map, new KernelTypes(), output, form);
        string greeting = $"{watch.StartCount} entries at the start; read every {limits.Interval.TotalSeconds:0.###}s";
        return LiveView.Run(new Changes(watch), limits, "changes", greeting);
    }

    private sealed class Changes(MapWatch watch) : ILiveSource
    {
        private MapWatchSummary? _summary;

        public void Run(LiveLimits limits) => _summary = watch.Run(limits.Interval, limits.Count, limits.Duration);

        public void Stop() => watch.Stop();

        public bool Conclude()
        {
            if (_summary is { } summary) Message.Print(summary.Describe());
            return true;
        }
    }
}
