using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Filter.Runtime.Log;
using Skep.Linux.Files;
using Skep.Output;
using Skep.Packets.Captures;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter log</c>.</summary>
internal static class FilterLogCommand
{
    private const string ToOutput = "-";

    public static Command Create()
    {
        Argument<string?> name = FilterShowCommand.Name();
        var live = new LiveOptions("packets");
        var write = new Option<string?>("--write")
        {
            Description = "Write the packets to a pcapng file as well, with the rule as comment; "
                + "- for standard output, instead of the text.",
            HelpName = "FILE",
        };
        var rules = new Option<string[]>("--rule")
        {
            Description = "Only packets that this rule logged, by its id (may be repeated).", HelpName = "ID",
        };
        var log = new SkepCommand(
            "log",
            "Follows the packets that rules with 'log' have logged, live, with rule and verdict.\n"
            + "At the end it prints how many packets were logged and lost.",
            new(
                "docs/filter.md",
                new("skep filter log edge", "one line per packet"),
                new("skep filter log edge -j -n 100", "a hundred packets as JSON"),
                new("skep filter log edge --write - --duration 1m > log.pcapng", "a minute of packets, for Wireshark")))
        {
            name, write, rules,
        };
        live.AddTo(log);
        log.Prints((parsed, form) => FilterTables.Guarded("follow the log of a table", () =>
        {
            string? file = parsed.GetValue(write);
            if (form != OutputForm.Text && file == ToOutput)
                return Message.Error("-j and --write - both want standard output (write the packets to a file)", ExitCode.Usage);
            return FilterShowCommand.TryName(parsed.GetValue(name), out string table)
                ?? Follow(table, parsed.GetValue(rules) ?? [], file, form, live.Of(parsed));
        }));
        return log;
    }

    private static int Follow(string table, string[] rules, string? write, OutputForm form, LiveLimits limits)
    {
        using LogFollower? follower = LogFollower.Open(table, Message.Print);
        if (follower is null) return FilterApplyCommand.NotApplied(table);
        if (rules.FirstOrDefault(id => follower.Rules.All(r => r.Id != id)) is { } unknown)
        {
            string ids = string.Join(", ", follower.Rules.Select(r => r.Id));
            return Message.Error(
                $"following the log of table {table}: no rule with the id {unknown} logs (those that do: {ids})", ExitCode.Usage);
        }

        using Stream output = StandardOutput.Open();
        using Stream? file = write switch
        {
            null => null,
            ToOutput => output,
            _ => OutputFile.Open(write),
        };
        var sinks = new List<ILogSink>();
        if (write != ToOutput) sinks.Add(form == OutputForm.Text ? new LogTextWriter(output) : new LogJsonWriter(output, table, form));
        if (file is not null)
            sinks.Add(new LogCaptureWriter(file, follower.Devices.Select(d => new CaptureInterface(d.Name, LinkTypes.Of(d.Start)))));
        var source = new FilterLogSource(table, follower, rules, sinks);
        return LiveView.Run(source, limits, "logged packets", $"following the log of table {table}");
    }
}
