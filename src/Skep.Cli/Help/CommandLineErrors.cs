using System.CommandLine;
using System.CommandLine.Parsing;
using Skep.Cli.Options;
using Skep.Output;

namespace Skep.Cli.Help;

/// <summary>What is wrong with a command line.</summary>
internal static class CommandLineErrors
{
    /// <summary>The errors of a command line, one line each; none when it can be carried out.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        if (parsed.Action is HelpText) return [];

        // What is wrong with the words themselves comes first: what the parser finds beside it follows from it.
        CommandResult command = parsed.CommandResult;
        IEnumerable<string>[] found =
        [
            UnknownOptions(parsed).Distinct().Select(option => Unknown(option, command)),
            WrongUses(command),
            TooManyWords(parsed),
            WrongValues(command).Concat(Messages(parsed.Errors.Where(IsOfValue))).Distinct().Concat(MissingArguments(command)),
            Messages(parsed.Errors),
        ];
        return [.. found.FirstOrDefault(errors => errors.Any()) ?? []];
    }

    /// <summary>A command of a group, as it or one of its aliases is written; null when there is none.</summary>
    public static Command? Below(Command group, string word) =>
        group.Subcommands.FirstOrDefault(command => command.Name == word || command.Aliases.Contains(word));

    /// <summary>That a group has no command of a name, with the one that was probably meant.</summary>
    /// <param name="path">The words that lead to the group.</param>
    /// <param name="group">The group.</param>
    /// <param name="word">The name; null when none is given.</param>
    public static string NoCommand(string path, Command group, string? word)
    {
        Command[] commands = [.. group.Subcommands.Where(command => !command.Hidden)];
        string names = string.Join(", ", commands.Select(command => command.Name));
        if (word is null) return $"{path} wants a command ({names})";
        string? meant = Spelling.DidYouMean(word, commands.SelectMany(command => command.Aliases.Append(command.Name)));
        string has = commands.Length == 0 ? "it has none" : $"it has {names}";
        return $"{path} has no command '{word}' ({(meant is null ? "" : meant + " ")}{has})";
    }

    /// <summary>The words that lead to a command, as they are written.</summary>
    public static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.IdentifierToken.Value}" : "skep";

    /// <summary>Words that look like options and are none: the parser takes them for arguments where a command has any.</summary>
    private static IEnumerable<string> UnknownOptions(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens).Where(LooksLikeOption);

    private static bool LooksLikeOption(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);

    private static string Unknown(string word, CommandResult result)
    {
        string name = word.Split('=', ':')[0];
        IEnumerable<Option> shown = Options(result).Where(option => !option.Hidden);
        IEnumerable<string> known = shown.SelectMany(option => option.Aliases.Append(option.Name));
        string? meant = Spelling.DidYouMean(name, known.Where(option => option.StartsWith("--", StringComparison.Ordinal)));
        return $"there is no option '{name}'{(meant is null ? "" : $" ({meant})")}";
    }

    private static IEnumerable<Option> Options(CommandResult result) =>
        result.Parent is CommandResult parent
            ? result.Command.Options.Concat(Options(parent).Where(option => option.Recursive))
            : result.Command.Options;

    // An option without a value, with an empty one where it takes a number, or with more than one where it takes one, or a flag twice.
    private static IEnumerable<string> WrongUses(CommandResult command)
    {
        foreach (OptionResult given in command.Children.OfType<OptionResult>())
        {
            if (given.Implicit) continue;
            ArgumentArity arity = given.Option.Arity;
            if (arity is { MinimumNumberOfValues: 0, MaximumNumberOfValues: <= 1 } && given.IdentifierTokenCount > 1)
                yield return $"{given.Option.Name} is given {given.IdentifierTokenCount} times (once is enough)";
            if (arity.MinimumNumberOfValues == 0) continue;
            (string name, string value) = (given.Option.Name, OptionValues.Describe(given.Option));
            int times = Math.Max(given.Tokens.Count, given.IdentifierTokenCount);
            if (given.Tokens.Count == 0) yield return $"{name} takes {value}, and none is given";
            else if (arity.MaximumNumberOfValues == 1 && times > 1)
                yield return $"{name} is given {times} times, and takes one value ({value})";
            else if (given.Option.HelpName is "N" or "PID" or "UID" && given.Tokens.Any(token => token.Value.Length == 0))
                yield return $"{name} takes {value}, not ''";
        }
    }

    // The parser looks at no value where the command as a whole has an error.
    private static IEnumerable<string> WrongValues(CommandResult command)
    {
        foreach (OptionResult given in command.Children.OfType<OptionResult>().Where(option => !option.Implicit))
        {
            string? message = null;
            try
            {
                _ = given.GetValueOrDefault<object>();
            }
            catch (InvalidOperationException e)
            {
                message = e.Message;
            }

            if (message is not null) yield return Describe(message);
        }
    }

    private static IEnumerable<string> TooManyWords(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count == 0 || parsed.CommandResult.Command.Subcommands.Count > 0) yield break;
        string words = string.Join(", ", parsed.UnmatchedTokens.Select(word => $"'{word}'"));
        string[] arguments = [.. parsed.CommandResult.Command.Arguments.Select(argument => argument.Name)];
        string takes = arguments.Length == 0 ? "takes no arguments" : $"takes {string.Join(' ', arguments)} and no more";
        string? flag = FlagBefore(parsed, parsed.UnmatchedTokens[0]);
        string are = parsed.UnmatchedTokens.Count == 1 ? "is" : "are";
        yield return $"{Path(parsed.CommandResult)} {takes}{(flag is null ? "" : $", and {flag} no value")}: {words} {are} too many";
    }

    // As of -j=WORD.
    private static string? FlagBefore(ParseResult parsed, string word)
    {
        for (int i = 1; i < parsed.Tokens.Count; i++)
            if (parsed.Tokens[i].Value == word && parsed.Tokens[i - 1] is { Type: TokenType.Option, Value: var before }) return before;
        return null;
    }

    private static IEnumerable<string> MissingArguments(CommandResult command)
    {
        foreach (Argument argument in command.Command.Arguments)
        {
            if ((command.GetResult(argument)?.Tokens.Count ?? 0) >= argument.Arity.MinimumNumberOfValues) continue;
            string description = (argument.Description ?? "").TrimEnd('.');
            bool isWord = description.Length > 1 && !char.IsUpper(description[1]);
            if (isWord) description = char.ToLowerInvariant(description[0]) + description[1..];
            yield return $"{Path(command)} wants {argument.Name}: {description}";
        }
    }

    private static bool IsOfValue(ParseError error) =>
        error.SymbolResult is not CommandResult && !error.Message.StartsWith("Required argument ", StringComparison.Ordinal);

    private static IEnumerable<string> Messages(IEnumerable<ParseError> errors) =>
        errors.Select(error => Describe(error.Message)).Distinct();

    private static string Describe(string message)
    {
        string line = string.Join(' ', message.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));
        // Cannot parse argument 'VALUE' for option 'NAME' as expected type 'TYPE'.
        // All options without a parser of their own hold text, a choice, or a number.
        const string begin = "Cannot parse argument '", option = "' for option '", type = "' as expected type '";
        int middle = line.LastIndexOf(option, StringComparison.Ordinal), end = line.LastIndexOf(type, StringComparison.Ordinal);
        if (line.StartsWith(begin, StringComparison.Ordinal) && middle > 0 && end > middle)
            return $"{line[(middle + option.Length)..end]} takes a number, not '{line[begin.Length..middle]}'";
        return line;
    }
}
