using System.CommandLine;
using System.CommandLine.Parsing;
using Skep.Filter.Syntax;
using Skep.Output;

namespace Skep.Cli.Options;

/// <summary>What the values of options are, in words.</summary>
internal static class OptionValues
{
    public const string Time = "a time such as 10s, 500ms, 2m or 1h", Size = "a size such as 64M or 512K",
        Rotation = "a size, and how many files are kept: 64M,5",
        Endpoints = "addresses of etcd, comma-separated: http://127.0.0.1:2379",
        Waves = "numbers or percents of agents, comma-separated: 1,10%";

    /// <summary>What one value of an option is.</summary>
    public static string Describe(Option option) => option.HelpName switch
    {
        "TIME" => Time,
        "WHEN" => "a time such as 2026-01-02, or 2h for two hours ago",
        "SIZE" => Size,
        "N" => "a number",
        "PID" => "a process id",
        "UID" => "a user id",
        "FILE" => "a file",
        "DIR" => "a directory",
        "DEV" => "a device",
        "IF" => "an interface",
        "COMMAND" => "a command of the debugger",
        "NAME" => "a name",
        "NAME|PID|PATH" => "a name, a process id or a path",
        "ID" => "the id of a rule",
        "RULE" => "the id or the text of a rule",
        "FIELD=LOW-HIGH" => "a field and its range",
        "TEXT" => "a packet as text",
        "EXPR" => "an expression",
        "PROG" => "a program",
        "CMD" => "the name of a command",
        "TYPE" => "the name of a type",
        "PATTERN" => "a pattern",
        "CGROUP" => "the path of a cgroup",
        "KEY=PATTERN" => "conditions: comm=NAME, exe=PATTERN, container=NAME, ...",
        "FILE|DIR" => "the image of a kernel, or a directory",
        "SIZE[,COUNT]" => Rotation,
        "URL" => Endpoints,
        "WAVES" => Waves,
        "STRUCT" => "the name of a struct",
        "MODES" => "the names of modes",
        "WHAT" => "sources, ports, sizes or none",
        { } choices when choices.Contains('|') => Choices(choices.Split('|')),
        _ => "a value",
    };

    /// <summary>The name of the option whose value is parsed.</summary>
    public static string NameOf(ArgumentResult value) => value.Parent is OptionResult option ? option.Option.Name : value.Argument.Name;

    /// <summary>That a value is not one of some words, with the one that was probably meant.</summary>
    /// <param name="name">The option's name, or the argument's.</param>
    /// <param name="value">The value.</param>
    /// <param name="words">What it can be.</param>
    public static string NotOneOf(string name, string value, string[] words) =>
        $"{name} takes {Choices(words)}, not '{value}'{(Spelling.DidYouMean(value, words) is { } meant ? $" ({meant})" : "")}";

    /// <summary>Has an option take some words only.</summary>
    public static void TakeOnly(Option option, params string[] words) => option.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens)
            if (!words.Contains(token.Value)) result.AddError(NotOneOf(option.Name, token.Value, words));
    });

    /// <summary>Has an argument take some words only.</summary>
    public static void TakeOnly(Argument argument, params string[] words) => argument.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens)
            if (!words.Contains(token.Value)) result.AddError(NotOneOf(argument.Name, token.Value, words));
    });

    /// <summary>Has an option take numbers from 1 up only.</summary>
    public static void TakePositive(Option option) => option.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens)
            if (long.TryParse(token.Value, out long number) && number < 1) result.AddError($"{option.Name} takes a number from 1 up");
    });

    private static string Choices(string[] words) => $"{string.Join(", ", words[..^1])} or {words[^1]}";
}
