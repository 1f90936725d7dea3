using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Inventory.Objects;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter apply</c>.</summary>
internal static class FilterApplyCommand
{
    private static readonly CommandHelp s_help = new(
        "docs/apply.md",
        new("skep filter apply edge.skep", "attach to the devices that the file names"),
        new("skep filter apply edge.skep --dev eth0 --confirm 60s", "to one device, for a minute unless it is confirmed"),
        new("skep filter apply edge.skep --dev veth0 --netns blue --replace", "in a network namespace, in place of another program"))
    {
        Failed = "failed: no device is changed",
        Usage = "wrong usage, or the rule file has an error",
    };

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A rule file; - for standard input." };
        var devices = new Option<string[]>("--dev")
        {
            Description = "Attach to this device (may be repeated) instead of those that the file names.", HelpName = "DEV",
        };
        var netns = new Option<string?>("--netns") { Description = "The network namespace of the devices.", HelpName = "NAME|PID|PATH" };
        var replace = new Option<bool>("--replace") { Description = "Replace a program on a device that is not this table's." };
        Option<TimeSpan?> confirm = Quantities.Time(
            "--confirm", "Restore the previous rules after this time, unless Enter or skep filter confirm keeps the new ones.");
        Option<Sketches?> track = Track("--track"), sketch = Track("--sketch");
        sketch.Hidden = true;
        var apply = new SkepCommand(
            "apply",
            "Attaches a ruleset to devices: to all of them, or to none.\n"
            + "Rules of the same table name that are attached already are replaced while traffic flows.",
            s_help) { file, devices, netns, replace, track, sketch, confirm };
        apply.SetAction(parsed => FilterTables.Guarded("apply a table", () =>
        {
            if (!FilterFile.TryRead(parsed.GetValue(file)!, out Table table)) return ExitCode.Usage;
            string[] names = parsed.GetValue(devices) is { Length: > 0 } given ? given : [.. table.Devices];
            if (names.Length == 0)
            {
                return Message.Error(
                    $"applying table {table.Name}: no device is named (give --dev DEV, or devices = {{ DEV }} in the file)",
                    ExitCode.Usage);
            }

            Sketches? tracked = parsed.GetValue(track) ?? parsed.GetValue(sketch);
            return Apply(table, new ApplyRequest(names, parsed.GetValue(netns) ?? "", parsed.GetValue(replace), tracked)
            {
                Confirm = parsed.GetValue(confirm),
                DescribeOwner = DescribeOwner,
            });
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

    private static int Apply(Table table, ApplyRequest request)
    {
        try
        {
            uint program = FilterApplier.Apply(table, request, Message.Print);
            return request.Confirm is { } time ? FilterConfirmCommand.Await(table.Name, program, time) : ExitCode.Done;
        }
        catch (FilterCompileException e)
        {
            return Message.Error(e.Message, e.InnerException is null ? ExitCode.Usage : ExitCode.Failed);
        }
    }

    private static string DescribeOwner(uint programId)
    {
        string[] owners = [.. OwnerIndex.Read(new KernelTypes()).OfProgram(programId).Select(owner => $"{owner.Comm}[{owner.Pid}]")];
        return owners.Length == 0 ? "" : $"held by {string.Join(", ", owners)}";
    }
}
