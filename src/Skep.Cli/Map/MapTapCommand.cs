using System.CommandLine;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Maps.Tap;
using Skep.Output;

namespace Skep.Cli.Map;

/// <summary><c>skep map tap</c>.</summary>
internal static class MapTapCommand
{
    public static Command Create()
    {
        SelectableObjects<BpfMap> objects = SelectableObjects.Maps();
        Argument<string[]> words = ObjectArgument.Of("MAP", objects.Kind);
        var type = new Option<string?>("--type")
        {
            Description = "Read records as this struct, from the BTF of the programs that use the map.", HelpName = "STRUCT",
        };
        var btf = new Option<string?>("--btf")
        {
            Description = "Find the struct in this file: an object with BTF, or /sys/kernel/btf/vmlinux.", HelpName = "FILE",
        };
        var raw = new Option<bool>("--raw")
        {
            Description = "Print bytes only: do not look into the code that sends records for their fields.",
        };
        var live = new LiveOptions("records");
        var tap = new SkepCommand(
            "tap",
            "Follows the records that a program sends to another process, which loses none of them.\n"
            + "They are those of a ring buffer or of a perf buffer.\n"
            + "At the end it prints how many records were read, and how many were overwritten before that.",
            new(
                "docs/map.md",
                new("skep map tap name events", "the records of a ring buffer, with the fields that the sending code gives them"),
                new("skep map tap id 7 --type event -j -n 100", "a hundred records as this struct, as JSON"),
                new("skep map tap id 7 --raw --duration 1m", "a minute of records, as bytes"))) { words, type, btf, raw };
        live.AddTo(tap);
        tap.Validators.Add(result =>
        {
            if (result.GetResult(btf) is { Implicit: false } && result.GetResult(type) is null or { Implicit: true })
                result.AddError("--btf needs --type: the struct to find in it");
        });
        tap.Prints((parsed, form) =>
        {
            using BpfMap? map = ObjectArgument.OpenOne(objects, parsed.GetValue(words)!, out string? mistake);
            if (map is null) return Message.Error(mistake!, ExitCode.Usage);
            string? file = parsed.GetValue(btf) is { Length: > 0 } path ? Path.GetFullPath(path) : parsed.GetValue(btf);
            RecordType? structure = parsed.GetValue(type) is { } name ? RecordType.Find(map, name, file) : null;
            if (structure is not null) Message.Print($"records are read as the BTF of {structure.Origin} has {parsed.GetValue(type)}");
            return Follow(map, structure, parsed.GetValue(raw), form, live.Of(parsed));
        });
        return tap;
    }

    private static RecordLayouts? FindLayouts(BpfMap map)
    {
        BpfMapInfo info = map.Info;
        return RecordLayoutReader.Read(LoadedCodeReader.ReadEach(MapUsers.Programs(info.Id), new MachineSnapshot().Kernel), info.Id,
            info.Type == BpfMapType.PerfEventArray);
    }

    private static int Follow(BpfMap map, RecordType? type, bool isRaw, OutputForm form, LiveLimits limits)
    {
        RecordLayouts? layouts = type is null && !isRaw ? FindLayouts(map) : null;
        using Stream output = StandardOutput.Open();
        using TapSession session = TapSession.Open(map, output, form, type, layouts, Message.Print);
        if (layouts is not null)
        {
            string lengths = string.Join(", ", layouts.Lengths.Order());
            Message.Print($"records of {lengths} bytes are read by the code that sends them (see skep prog explain)");
        }

        if (session.Note is { } note) Message.Print(note);
        string greeting = $"following map {map.Info.Id} ({map.Info.Type.Name()} {map.Info.Name})";
        return LiveView.Run(new TapSource(session), limits, "records", greeting);
    }
}
