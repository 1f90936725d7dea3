using System.CommandLine;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Options;
using Skep.Inventory.Code;
using Skep.Linux.Streams;
using Skep.Maps.Tap;
using Skep.Output;

namespace Skep.Cli.Map;

/// <summary><c>skep map tap</c>.</summary>
internal static class MapTapCommand
{
    private static readonly Option<bool> Json = new("--json", "-j") { Description = "One JSON object a line." };
    private static readonly Option<string?> Type = new("--type") { Description = "Read records as this struct, from the BTF of the programs that use the map.", HelpName = "STRUCT" };
    private static readonly Option<string?> BtfFile = new("--btf") { Description = "Find the struct in this file: an object with BTF, or /sys/kernel/btf/vmlinux.", HelpName = "FILE" };
    private static readonly Option<bool> Raw = new("--raw") { Description = "Bytes alone: do not look into the code that sends records for their fields." };
    private static readonly Option<ulong?> Count = new("-n", "--count") { Description = "End after so many records.", HelpName = "N" };
    private static readonly Option<TimeSpan?> Duration = Quantities.Time("--duration", "End after this time.");

    public static Command Create()
    {
        var words = new Argument<string[]>("MAP") { Description = MapSpecifier.Description, Arity = ArgumentArity.OneOrMore };
        var tap = new Command("tap", "Follows the records that a program sends to another process by a ring buffer or a perf buffer, which loses none of them.\n"
            + "Ctrl-C ends it, and then it says how many records were read, and how many were overwritten first.")
        {
            words, Json, Type, BtfFile, Raw, Count, Duration,
        };
        tap.Validators.Add(result =>
        {
            if (result.GetResult(BtfFile) is { Implicit: false } && result.GetResult(Type) is null or { Implicit: true }) result.AddError("--btf needs --type: the struct to find in it");
        });
        tap.SetAction(parsed =>
        {
            using BpfMap? map = MapSpecifier.OpenOne(parsed.GetValue(words)!, out string? mistake);
            if (map is null) return Talk.Error(mistake!, ExitCode.Usage);
            return Follow(map, parsed);
        });
        return tap;
    }

    private static RecordLayouts? FindLayouts(BpfMap map)
    {
        BpfMapInfo info = map.Info;
        return RecordLayoutReader.Read(LoadedCodeReader.ReadEach(MapUsers.Programs(info.Id)), info.Id, info.Type == BpfMapType.PerfEventArray);
    }

    private static int Follow(BpfMap map, ParseResult parsed)
    {
        RecordType? type = parsed.GetValue(Type) is { } name ? RecordType.Find(map, name, parsed.GetValue(BtfFile) is { Length: > 0 } path ? Path.GetFullPath(path) : parsed.GetValue(BtfFile)) : null;
        RecordLayouts? layouts = type is null && !parsed.GetValue(Raw) ? FindLayouts(map) : null;
        using DescriptorStream output = DescriptorStream.StandardOutput();
        using TapSession session = TapSession.Open(map, output, parsed.GetValue(Json), type, layouts, Talk.Say);
        using var stop = StopSignals.OfLive(session.Stop);
        if (type is not null) Talk.Say($"records are read as the BTF of {type.Origin} has {parsed.GetValue(Type)}");
        if (layouts is not null) Talk.Say($"records of {string.Join(", ", layouts.Lengths.Order())} bytes are read by the code that sends them (see skep prog explain)");
        if (session.Note is { } note) Talk.Say(note);
        Talk.Say($"following map {map.Info.Id} ({map.Info.Type.Name()} {SafeText.Escape(map.Info.Name)}); Ctrl-C ends it");
        try
        {
            Conclude(session.Run(parsed.GetValue(Count) ?? ulong.MaxValue, parsed.GetValue(Duration)));
            return ExitCode.Done;
        }
        catch (IOException e) when (OutputEnd.IsQuiet(e))
        {
            OutputEnd.Report(e);
            return ExitCode.Done;
        }
    }

    private static ulong AboutRecords(in TapCounts counts) =>
        counts.ReadBytes == 0 ? 1 : (ulong)Math.Round(counts.OverwrittenBytes / ((double)counts.ReadBytes / (counts.Read + counts.Discarded)));

    private static void Conclude(in TapSummary summary)
    {
        TapCounts counts = summary.Counts;
        string overwritten = (counts.OverwrittenRecords, counts.OverwrittenBytes) switch
        {
            (_, 0) => "0 overwritten",
            ({ } records, ulong bytes) => $"{records} overwritten ({bytes} bytes)",
            (null, ulong bytes) => $"{bytes} bytes overwritten, about {AboutRecords(counts)} records (their sizes differ: the number is not known)",
        };
        string text = $"{counts.Read} records read, {overwritten}";
        if (counts.Discarded > 0) text += $", {counts.Discarded} discarded by the program";
        if (counts.LostByOwner > 0) text += $", {counts.LostByOwner} that did not fit the owner's buffer";
        if (summary.Dropped > 0) text += $"; {summary.Dropped} of those read were not written, the output was slower";
        if (summary.Written + summary.Dropped < counts.Read) text += $"; {summary.Written} written";
        Talk.Say(text);
    }
}
