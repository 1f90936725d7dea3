using System.CommandLine;
using Skep.Cli.Options;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter log</c>: its options.</summary>
internal static class FilterLogCommand
{
    public static Command Create()
    {
        Argument<string?> name = FilterShowCommand.Name();
        var json = new Option<bool>("--json", "-j") { Description = "One JSON object a line." };
        var count = new Option<long?>("-n", "--count") { Description = "End after so many packets.", HelpName = "N" };
        Option<TimeSpan?> duration = Quantities.Time("--duration", "End after this time.");
        var write = new Option<string?>("--write") { Description = "Write the packets to a pcapng file as well, with the rule as comment; - for standard output, in place of the text.", HelpName = "FILE" };
        var rules = new Option<string[]>("--rule") { Description = "Only packets that this rule logged, by its id (repeat for more).", HelpName = "ID" };
        var log = new Command("log", "Follows the packets that rules with 'log' have logged, live, with rule and verdict.\n"
            + "Ctrl-C ends it, and then it says how many packets were logged and lost.") { name, json, count, duration, write, rules };
        count.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && long.TryParse(token.Value, out long number) && number < 1) result.AddError("-n takes a number from 1 up");
        });
        log.Validators.Add(result =>
        {
            if (result.GetResult(json) is { Implicit: false } && result.GetResult(write)?.Tokens is [{ Value: "-" }]) result.AddError("-j and --write - both want standard output");
        });
        log.SetAction(FilterTables.Guarded("follow the log of a table", parsed => FilterShowCommand.TryName(parsed.GetValue(name), out string table) ?? FilterLogRun.Start(new FilterLogRequest(
            table,
            parsed.GetValue(json),
            parsed.GetValue(count) ?? long.MaxValue,
            parsed.GetValue(duration),
            parsed.GetValue(write),
            parsed.GetValue(rules) ?? []))));
        return log;
    }
}
