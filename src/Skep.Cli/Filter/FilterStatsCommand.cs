using System.CommandLine;
using Skep.Cli.Options;
using Skep.Filter.Runtime.Report;

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
            Description = "What to show, comma-separated: actions, protocols, rules, sources, ports, sizes, all [default: actions,protocols]. "
                + "sources, ports and sizes need track in the rule file or apply --track.",
            HelpName = "MODES",
        };
        modes.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !StatsModeText.TryParse(token.Value, out _, out string mistake)) result.AddError($"{modes.Name} takes the names of modes, and {mistake}");
        });
        var top = new Option<int>("--top") { Description = "How many sources and ports to show.", HelpName = "N", DefaultValueFactory = _ => DefaultTop };
        Positive(top);
        Option<TimeSpan?> interval = Quantities.Time("--interval", "Show rates as well, again after each such time, until Ctrl-C.");
        var count = new Option<int?>("-n", "--count") { Description = "End after so many intervals.", HelpName = "N" };
        Positive(count);
        Option<TimeSpan?> duration = Quantities.Time("--duration", "End after this time.");
        var json = new Option<bool>("--json", "-j") { Description = "JSON: one object, or one a line with --interval." };
        var stats = new Command("stats", "Shows packets by action and by protocol, by rule, source, port or size; once, or live with --interval.")
        {
            name, modes, top, interval, count, duration, json,
        };
        stats.Validators.Add(result =>
        {
            if (result.GetResult(interval) is null && (result.GetResult(count) is not null || result.GetResult(duration) is not null))
                result.AddError("-n and --duration are for live statistics (add --interval 1s)");
        });
        stats.SetAction(FilterTables.Guarded("show statistics", parsed =>
        {
            bool isJson = parsed.GetValue(json);
            StatsModes wanted = parsed.GetValue(modes) is { } text && StatsModeText.TryParse(text, out StatsModes named, out _) ? named
                : isJson ? StatsModes.All : StatsModes.Actions | StatsModes.Protocols;
            if (FilterShowCommand.TryName(parsed.GetValue(name), out string table) is { } error) return error;
            var run = new FilterStatsRun(table, wanted, parsed.GetValue(top), isJson);
            return parsed.GetValue(interval) is { } every
                ? run.Live(every, parsed.GetValue(count), parsed.GetValue(duration))
                : run.Once();
        }));
        return stats;
    }

    private static void Positive<T>(Option<T> option) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value) && value < 1) result.AddError($"{option.Name} takes a number from 1 up");
    });
}
