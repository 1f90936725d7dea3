using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.State;
using Skep.Inventory.Objects;
using Skep.Linux.Files;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter apply</c>.</summary>
internal static class FilterApplyCommand
{
    private static readonly CommandHelp s_help = new(
        "docs/apply.md",
        new("skep filter apply edge.skep", "attach to the devices that the file names"),
        new("skep filter apply edge.skep --dev eth0 --confirm 60s", "to one device, for a minute unless it is confirmed"),
        new("skep filter apply /etc/skep/filter.d --prune --dry-run", "what the files of a directory would change"))
    {
        Failed = "failed: no device is changed",
        Usage = "wrong usage, or the rule file has an error",
    };

    public static Command Create()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A rule file; - for standard input; or a directory: all files *.skep in it, or none of them.",
        };
        var devices = new Option<string[]>("--dev")
        {
            Description = "Attach to this device (may be repeated) instead of those that the file names.", HelpName = "DEV",
        };
        var netns = new Option<string?>("--netns") { Description = "The network namespace of the devices.", HelpName = "NAME|PID|PATH" };
        var replace = new Option<bool>("--replace") { Description = "Replace a program on a device that is not this table's." };
        Option<TimeSpan?> confirm = Quantities.Time(
            "--confirm", "Restore the previous rules after this time, unless Enter or skep filter confirm keeps the new ones.");
        var trial = new Option<bool>("--dry-run")
        {
            Description = "Check, compile and load the rules into the kernel, print what would change on which device, and change nothing.",
        };
        Option<TimeSpan?> wait = Quantities.Time("--wait-device", "Wait so long for devices that are not there yet.");
        var version = new Option<string?>("--label")
        {
            Description = "The version of the rules, which skep filter show prints: a commit, a number.", HelpName = "TEXT",
        };
        var lastGood = new Option<string?>("--last-good")
        {
            Description = "Of a directory: keep a copy of what was applied here. When a file does not check, tables that are not applied "
                + "are applied from the copy.",
            HelpName = "DIR",
        };
        var prune = new Option<bool>("--prune")
        {
            Description = "Of a directory: then remove tables that an earlier apply of it attached and that no file of it has any more.",
        };
        Option<Sketches?> track = Track("--track"), sketch = Track("--sketch");
        sketch.Hidden = true;
        var apply = new SkepCommand(
            "apply",
            "Attaches a ruleset to devices: to all of them, or to none.\n"
            + "Rules of the same table name that are attached already are replaced while traffic flows.",
            s_help) { file, devices, netns, replace, track, sketch, confirm, trial, wait, version, lastGood, prune };
        apply.Validators.Add(result =>
        {
            if (result.GetResult(confirm) is not null && result.GetResult(trial) is { Implicit: false })
                result.AddError("--confirm has nothing to confirm with --dry-run");
        });
        apply.SetAction(parsed => FilterTables.Guarded("apply a table", () =>
        {
            string path = parsed.GetValue(file)!;
            var request = new ApplyRequest(
                parsed.GetValue(devices) ?? [], parsed.GetValue(netns) ?? "", parsed.GetValue(replace),
                parsed.GetValue(track) ?? parsed.GetValue(sketch))
            {
                Confirm = parsed.GetValue(confirm),
                DescribeOwner = DescribeOwner,
                IsTrial = parsed.GetValue(trial),
            };
            var options = new ApplyOptions(
                parsed.GetValue(wait), parsed.GetValue(version), parsed.GetValue(lastGood), parsed.GetValue(prune));
            bool isDirectory = PrivateDirectory.Exists(path);
            if (options.LastGood is not null && !isDirectory)
                return Message.Error("--last-good is of a directory of rule files (leave it out)", ExitCode.Usage);
            if (options.Prune && !isDirectory)
                return Message.Error($"applying {path}: --prune is of a directory of rule files (leave it out)", ExitCode.Usage);
            return isDirectory ? new RulesDirectory(path, request, options).Apply() : Apply(path, request, options);
        }));
        return apply;
    }

    public static int NotApplied(string table) =>
        Message.Error($"finding table {table}: it filters no device (skep filter list shows those that do)", ExitCode.Failed);

    private static Option<Sketches?> Track(string name) => new(name)
    {
        Description = "Count for stats, besides what the file names: sources, ports, sizes (comma-separated), or none. "
            + "It stays with the table when it is applied again without this option.",
        HelpName = "WHAT",
        CustomParser = result =>
        {
            string text = string.Join(',', result.Tokens.Select(token => token.Value));
            if (TrackText.TryParseList(text, out Sketches tracked, out string mistake)) return tracked;
            result.AddError(OptionValues.NotOneOf(name, mistake, ["sources", "ports", "sizes", "none"]));
            return null;
        },
    };

    /// <summary>The request for a table: with the devices that it names, where the command line names none.</summary>
    /// <returns>Null when there are none, which is printed.</returns>
    public static ApplyRequest? RequestFor(Table table, ApplyRequest request, AppliedSource source)
    {
        IReadOnlyList<string> names = request.Devices.Count > 0 ? request.Devices : [.. table.Devices];
        if (names.Count > 0) return request with { Devices = names, Source = source };
        Message.Error(
            $"applying table {table.Name}: no device is named (give --dev DEV, or devices = {{ DEV }} in the file)", ExitCode.Usage);
        return null;
    }

    /// <summary>Runs an apply, and prints why rules cannot be compiled.</summary>
    public static int Compiling(Func<int> apply)
    {
        try
        {
            return apply();
        }
        catch (FilterCompileException e)
        {
            return Message.Error(e.Message, e.InnerException is null ? ExitCode.Usage : ExitCode.Failed);
        }
    }

    private static int Apply(string path, ApplyRequest options, ApplyOptions more)
    {
        if (!FilterFile.TryRead(path, more.Version, out Table table, out AppliedSource source)
            || RequestFor(table, options, source) is not { } request)
            return ExitCode.Usage;
        if (more.Wait is { } most) DeviceWait.For(request.Devices, request.Netns, most);
        return Compiling(() =>
        {
            uint program = FilterApplier.Apply(table, request, Message.Print);
            return request.Confirm is { } time ? FilterConfirmCommand.Await(table.Name, program, time) : ExitCode.Done;
        });
    }

    private static string DescribeOwner(uint programId)
    {
        string[] owners = [.. OwnerIndex.Read(new KernelTypes()).OfProgram(programId).Select(owner => $"{owner.Comm}[{owner.Pid}]")];
        return owners.Length == 0 ? "" : $"held by {string.Join(", ", owners)}";
    }
}
