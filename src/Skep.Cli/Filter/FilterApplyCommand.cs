using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Options;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Inventory.Objects;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter apply</c>.</summary>
internal static class FilterApplyCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A rule file; - for standard input." };
        var devices = new Option<string[]>("--dev") { Description = "A device (repeat for more); without it those of the file.", HelpName = "DEV" };
        var netns = new Option<string?>("--netns") { Description = "The devices' network namespace.", HelpName = "NAME|PID|PATH" };
        var replace = new Option<bool>("--replace") { Description = "Push out a program on a device that is not this table's." };
        Option<TimeSpan?> confirm = Quantities.Time("--confirm", "The rules before return after this time, unless Enter or skep filter confirm keeps the new ones.");
        Option<Sketches?> track = Track("--track"), sketch = Track("--sketch");
        sketch.Hidden = true;
        var apply = new Command("apply", "Puts a rule file onto devices: all of them, or none. Rules that ran there under the same table name are replaced while traffic flows.")
        {
            file, devices, netns, replace, track, sketch, confirm,
        };
        apply.SetAction(FilterTables.Guarded("apply a table", parsed =>
        {
            if (!FilterFile.TryRead(parsed.GetValue(file)!, out Table table)) return ExitCode.Usage;
            string[] names = parsed.GetValue(devices) is { Length: > 0 } given ? given : [.. table.Devices];
            if (names.Length == 0) return Talk.Error($"applying table {table.Name}: no device is named (give --dev DEV, or devices = {{ DEV }} in the file)", ExitCode.Usage);
            var request = new ApplyRequest(names, parsed.GetValue(netns) ?? "", parsed.GetValue(replace), parsed.GetValue(track) ?? parsed.GetValue(sketch))
            {
                Confirm = parsed.GetValue(confirm),
                DescribeOwner = DescribeOwner,
            };
            return Apply(table, request);
        }));
        return apply;
    }

    public static int NotApplied(string table) =>
        Talk.Error($"finding table {table}: it filters no device (skep filter list shows those that do)", ExitCode.Failed);

    private static Option<Sketches?> Track(string name) => new(name)
    {
        Description = "Track of all packets, for stats, besides what the file says: sources, ports, sizes (comma-separated); none ends it. It stays with the table when it is applied again without this option.",
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
            uint program = FilterApplier.Apply(table, request, FilterTables.Say);
            return request.Confirm is { } time ? FilterConfirmCommand.Await(table.Name, program, time) : ExitCode.Done;
        }
        catch (FilterCompileException e)
        {
            return Talk.Error(e.Message, e.InnerException is null ? ExitCode.Usage : ExitCode.Failed);
        }
    }

    private static string DescribeOwner(uint programId)
    {
        string[] owners = [.. OwnerIndex.Read().OfProgram(programId).Select(owner => $"{owner.Comm}[{owner.Pid}]")];
        return owners.Length == 0 ? "" : $"held by {string.Join(", ", owners)}";
    }
}
