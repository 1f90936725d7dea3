using System.CommandLine;
using Skep.Filter.Compile;
using Skep.Filter.Load;
using Skep.Filter.Model;
using Skep.Filter.Report;
using Skep.Watch.Output;

namespace Skep.Cli;

/// <summary><c>skep filter apply</c> and <c>remove</c>.</summary>
internal static class FilterApplyCommand
{
    public static Command CreateApply()
    {
        var file = new Argument<string>("FILE") { Description = "A rule file." };
        var devices = new Option<string[]>("--dev") { Description = "A device (repeat for more); without it those of the file.", HelpName = "DEV" };
        var netns = new Option<string?>("--netns") { Description = "The devices' network namespace.", HelpName = "NAME|PID|PATH" };
        var replace = new Option<bool>("--replace") { Description = "Push out a program on a device that is not this table's." };
        var sketch = new Option<string?>("--sketch")
        {
            Description = "Note of all packets, for stats: sources, ports, sizes (several parted by commas). Costs time on every packet.",
            HelpName = "WHAT",
        };
        sketch.Validators.Add(result =>
        {
            if (!StatsModeText.TryParse(result.Tokens[0].Value, out StatsModes modes, out string mistake)) result.AddError(mistake);
            else if ((modes & ~(StatsModes.Sources | StatsModes.Ports | StatsModes.Sizes)) != 0) result.AddError("--sketch takes sources, ports and sizes: the rest is always counted");
        });
        var apply = new Command("apply", "Puts a rule file onto devices: all of them, or none. Rules that ran there under the same table name are replaced while traffic flows.")
        {
            file, devices, netns, replace, sketch,
        };
        apply.SetAction(parsed => Apply(parsed.GetValue(file)!, parsed.GetValue(devices) ?? [], parsed.GetValue(netns) ?? "", parsed.GetValue(replace), Sketch(parsed.GetValue(sketch))));
        return apply;
    }

    public static Command CreateRemove()
    {
        var name = new Argument<string>("TABLE") { Description = "The table's name." };
        var remove = new Command("remove", "Takes a table off its devices.") { name };
        remove.SetAction(parsed =>
        {
            string table = parsed.GetValue(name)!;
            return AppliedTable.Remove(table) ? ExitCode.Done : NotApplied(table);
        });
        return remove;
    }

    public static int NotApplied(string table) =>
        Talk.Error($"finding table {table}: it filters no device (skep filter list shows those that do)", ExitCode.Failed);

    private static Sketches Sketch(string? text) =>
        text is not null && StatsModeText.TryParse(text, out StatsModes modes, out _) ? StatsSection.Needed(modes) : Sketches.None;

    private static int Apply(string path, string[] devices, string netns, bool replace, Sketches sketches)
    {
        if (!FilterFile.TryRead(path, out Table table)) return ExitCode.Usage;
        string[] names = devices.Length > 0 ? devices : [.. table.Devices];
        if (names.Length == 0) return Talk.Error($"applying table {table.Name}: no device is named (give --dev DEV, or devices = {{ DEV }} in the file)", ExitCode.Usage);
        try
        {
            FilterApplier.Apply(table, new ApplyRequest(names, netns, replace, sketches), text => Talk.Say(SafeText.EscapeLines(text)));
            return ExitCode.Done;
        }
        catch (FilterCompileException e)
        {
            return Talk.Error(e.Message, ExitCode.Failed);
        }
    }
}
