using System.CommandLine;
using System.Globalization;
using Skep.Bpf;
using Skep.Cli.Help;
using Skep.Watch.Events;

namespace Skep.Cli.Completion;

/// <summary>Finds the words that may stand where one is being typed: commands, options, their values, and names of the machine.</summary>
/// <param name="root">All commands.</param>
/// <param name="known">Names of the machine.</param>
internal sealed class Completer(Command root, IKnownWords known)
{
    private static readonly string[] Selectors = ["id", "name", "tag", "pinned"];

    /// <summary>The candidates that begin as what is typed.</summary>
    /// <param name="words">The words behind <c>skep</c>; the last is being typed, and may be empty.</param>
    public IReadOnlyList<Candidate> Of(IReadOnlyList<string> words)
    {
        if (words.Count == 0) return [];
        string typed = words[^1];
        var chain = new List<Command> { root };
        var arguments = new List<string>();
        Option? awaited = null;
        foreach (string word in words.Take(words.Count - 1))
        {
            // What follows is another program's.
            if (word == "--") return [Candidate.Files];
            if (awaited is not null) awaited = null;
            else if (word.Length > 1 && word[0] == '-') awaited = Awaiting(chain, word);
            else if (arguments.Count == 0 && CommandLineErrors.Below(chain[^1], word) is { } below) chain.Add(below);
            else arguments.Add(word);
        }

        IEnumerable<Candidate> all = awaited is not null ? Values(awaited)
            : typed.StartsWith('-') ? Options(chain)
            : arguments.Count == 0 ? [.. Commands(chain[^1]), .. Arguments(chain[^1], arguments)]
            : Arguments(chain[^1], arguments);
        return
        [
            .. all.Where(one => one == Candidate.Files || one == Candidate.Directories
                    || one.Word.StartsWith(typed, StringComparison.Ordinal))
                .DistinctBy(one => one.Word),
        ];
    }

    private static IEnumerable<Candidate> Commands(Command command) => command.Subcommands.Where(below => !below.Hidden)
        .Select(below => new Candidate(below.Name, FirstLine(below.Description)));

    private static IEnumerable<Option> OptionsOf(List<Command> chain) =>
        chain.SelectMany(command => command.Options.Where(option => !option.Hidden && (option.Recursive || command == chain[^1])));

    private static IEnumerable<Candidate> Options(List<Command> chain) => OptionsOf(chain)
        .SelectMany(option => option.Aliases.Append(option.Name).Select(name => new Candidate(name, FirstLine(option.Description))));

    // The option that a word names, when the word behind it is its value.
    private static Option? Awaiting(List<Command> chain, string word) => word.Contains('=', StringComparison.Ordinal) ? null
        : OptionsOf(chain).FirstOrDefault(option => (option.Name == word || option.Aliases.Contains(word))
            && option.Arity.MinimumNumberOfValues > 0);

    private IEnumerable<Candidate> Values(Option option) => option switch
    {
        { Name: "--netns" } => known.Namespaces.Select(name => new Candidate(name)),
        { Name: "--table" } => known.Tables.Select(name => new Candidate(name)),
        { HelpName: "DEV" or "IF" } => known.Devices.Select(name => new Candidate(name)),
        { HelpName: "CMD" } => CommandNames.All.Select(name => new Candidate(name)),
        { HelpName: "PROG" } => Objects("PROG", []),
        { HelpName: "FILE" or "FILE|DIR" } => [Candidate.Files],
        { HelpName: "DIR" or "CGROUP" } => [Candidate.Directories],
        _ => Closed(option.HelpName),
    };

    private IEnumerable<Candidate> Arguments(Command command, List<string> given)
    {
        int place = 0;
        foreach (Argument argument in command.Arguments)
        {
            // The first one that takes more words.
            place += argument.Arity.MaximumNumberOfValues;
            if (given.Count < place) return Arguments(command, argument, given);
        }

        return [];
    }

    private IEnumerable<Candidate> Arguments(Command command, Argument argument, List<string> given)
    {
        switch (argument.Name)
        {
            case "TABLE":
                return known.Tables.Select(name => new Candidate(name));
            case "DEV" or "DEVICE":
                return known.Devices.Select(name => new Candidate(name));
            case "CGROUP" or "ROOT":
                return [Candidate.Directories];
            case "FILE" or "A B":
                return argument.Name == "FILE" ? [Candidate.Files] : Objects("PROG", given);
            case "TARGET" when command.Name == "debug":
                return Objects("PROG", given);
            case "PROG" or "MAP" or "LINK" or "BTF":
                return Objects(argument.Name, given);
            case "MAP key DATA":
                return Objects("MAP", given);
            default:
                return Closed(argument.HelpName);
        }
    }

    private IEnumerable<Candidate> Objects(string kind, List<string> given)
    {
        IReadOnlyList<KnownObject> objects = known.Objects(kind);
        return given.LastOrDefault() switch
        {
            "id" => objects.Select(Id),
            "name" => objects.Where(one => one.Name.Length > 0).Select(one => new Candidate(one.Name, $"{one.Type} id {one.Id}")),
            "tag" => objects.Where(one => one.Tag.Length > 0).Select(one => new Candidate(one.Tag, $"{one.Type} {one.Name}")),
            "pinned" => [Candidate.Files],
            null =>
            [
                .. Selectors.Select(word => new Candidate(word)), .. objects.Select(Id), .. kind == "PROG" ? [Candidate.Files] : Nothing,
            ],
            _ => kind == "PROG" ? [Candidate.Files] : [],
        };
    }

    private static readonly Candidate[] Nothing = [];

    private static Candidate Id(KnownObject one) =>
        new(one.Id.ToString(CultureInfo.InvariantCulture), one.Name.Length > 0 ? $"{one.Type} {one.Name}" : one.Type);

    // text|html: the words that may be given. NAME|PID|PATH: what they are.
    private static IEnumerable<Candidate> Closed(string? helpName) =>
        helpName is not null && helpName.Contains('|', StringComparison.Ordinal) && !helpName.Any(char.IsAsciiLetterUpper)
            ? helpName.Split('|').Select(word => new Candidate(word)) : [];

    private static string FirstLine(string? text) => (text ?? "").Split('\n')[0];
}
