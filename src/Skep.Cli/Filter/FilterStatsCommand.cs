using System.CommandLine;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Cli.Options;
using Skep.Filter.Runtime.Report;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter stats</c>: its options.</summary>
internal static class FilterStatsCommand
{
    private const int DefaultTop = 10;

    public static Command Create()
    {
        Argument<string?> name = FilterShowCommand.Name();
        var modes = new Option<string?>("--mode")
        {
            Description = "What to print, comma-separated: actions, protocols, rules, sources, ports, sizes, lost, all "
                + "[default: actions,protocols]. "
                + "sources, ports and sizes need track in the rule file or apply --track, lost needs --interval.",
            HelpName = "MODES",
        };
        modes.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !StatsModeText.TryParse(token.Value, out _, out string mistake))
                result.AddError($"{modes.Name} takes the names of modes, and {mistake}");
        });
        var top = new Option<int>("--top")
        {
            Description = "How many sources and ports to print.", HelpName = "N", DefaultValueFactory = _ => DefaultTop,
        };
        OptionValues.TakePositive(top);
        var live = new LiveOptions("intervals", "Print rates as well, once per interval, until Ctrl-C.");
        var stats = new SkepCommand(
            "stats",
            "Prints packets by action and by protocol, by rule, source, port or size; once, or live with --interval.",
            new(
                "docs/filter.md",
                new("skep filter stats edge", "counters since the rules were attached"),
                new("skep filter stats edge --interval 1s --mode rules,sources", "rates by rule and by source, every second"),
                new("skep filter stats edge -j", "all that the table counts, as JSON"))) { name, modes, top };
        live.AddTo(stats);
        live.RequireInterval(stats, "-n and --duration are for live statistics (add --interval 1s)");
        stats.Prints((parsed, form) => FilterTables.Guarded("show statistics", () =>
        {
            StatsModes wanted = parsed.GetValue(modes) is { } text && StatsModeText.TryParse(text, out StatsModes named, out _) ? named
                : form != OutputForm.Text ? StatsModes.All : StatsModes.None;
            if (FilterShowCommand.TryName(parsed.GetValue(name), out string table) is { } error) return error;
            var run = new FilterStatsRun(table, wanted, parsed.GetValue(top), form);
            return live.HasInterval(parsed) ? run.Live(live.Of(parsed)) : run.Once();
        }));
        return stats;
    }
}
