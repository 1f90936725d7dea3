using System.CommandLine;
using System.CommandLine.Parsing;
using Skep.Filter.Syntax;

namespace Skep.Cli;

/// <summary>What is wrong with a command line.</summary>
internal static class CommandLineErrors
{
    /// <summary>The errors of a command line, one line each; none when it can be carried out.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        List<string> unknown = [.. UnknownOptions(parsed).Distinct()];
        if (unknown.Count > 0) return [.. unknown.Select(option => Unknown(option, parsed.CommandResult))];
        List<string> empty = [.. parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(given => given is { Implicit: false, Tokens.Count: 0, Option.Arity.MinimumNumberOfValues: > 0 }).Select(given => given.Option.Name)];
        if (empty.Count > 0) return [.. empty.Select(option => $"{option} takes a value, and none is given")];
        return [.. parsed.Errors.Select(error => Describe(error.Message)).Distinct()];
    }

    /// <summary>Words that look like options and are none: the parser takes them for arguments where a command has any.</summary>
    private static IEnumerable<string> UnknownOptions(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens).Where(word => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]));

    private static string Unknown(string word, CommandResult result)
    {
        string name = word.Split('=', ':')[0];
        IEnumerable<string> known = Options(result).Where(option => !option.Hidden).SelectMany(option => option.Aliases.Append(option.Name));
        string? meant = Spelling.DidYouMean(name, known.Where(option => option.StartsWith("--", StringComparison.Ordinal)));
        return $"there is no option '{name}'{(meant is null ? "" : $" ({meant})")}";
    }

    private static IEnumerable<Option> Options(CommandResult result) =>
        result.Parent is CommandResult parent ? result.Command.Options.Concat(Options(parent).Where(option => option.Recursive)) : result.Command.Options;

    private static string Describe(string message)
    {
        string line = string.Join(' ', message.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));
        // All options without a parser of their own hold text, a choice, or a number.
        string[] quoted = line.Split('\'');
        if (line.StartsWith("Cannot parse argument '", StringComparison.Ordinal) && quoted.Length > 3) return $"{quoted[3]} takes a number, not '{quoted[1]}'";
        return line;
    }
}
