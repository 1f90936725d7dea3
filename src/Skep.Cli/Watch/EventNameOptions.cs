using System.CommandLine;
using Skep.Bpf;
using Skep.Output;
using Skep.Watch.Events;

namespace Skep.Cli.Watch;

/// <summary>The options that select events by the names of commands and types: <c>--cmd</c> and <c>--type</c>.</summary>
internal static class EventNameOptions
{
    /// <summary><c>--cmd</c>.</summary>
    public static Option<string[]> Commands() => Checked(
        new("--cmd")
        {
            Description = $"Only these commands, or groups of them: prog_load, {string.Join(", ", CommandGroups.All)} (comma-separated, or "
                + "repeated).",
            HelpName = "CMD",
        },
        CommandGroups.IsKnown, NoCommand);

    /// <summary><c>--type</c>.</summary>
    public static Option<string[]> Types() => Checked(
        new("--type")
        {
            Description = "Only programs, maps and links of these types: xdp, ringbuf, tracepoint, ... (comma-separated, or repeated).",
            HelpName = "TYPE",
        },
        TypeNames.IsKnown, NoType);

    /// <summary>The names of a list, or of several.</summary>
    public static string[] Split(string[]? values) =>
        [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private static Option<string[]> Checked(Option<string[]> option, Predicate<string> isKnown, Func<string, string> refusal)
    {
        option.AllowMultipleArgumentsPerToken = false;
        WatchCommand.Check(option, text => Split([text]).FirstOrDefault(name => !isKnown(name)) is { } name ? refusal(name) : null);
        return option;
    }

    private static string NoCommand(string name)
    {
        string[] all = [.. CommandGroups.All, .. CommandNames.All];
        return $"--cmd takes the names of commands, and there is no command '{name}' "
            + $"({Spelling.DidYouMean(name, all) ?? $"one of {string.Join(", ", all)}"})";
    }

    private static string NoType(string name) => $"--type takes the names of types, and there is no type '{name}' "
        + $"({Spelling.DidYouMean(name, TypeNames.All) ?? "bpftool's names: xdp, tracepoint, ringbuf, ..."})";
}
