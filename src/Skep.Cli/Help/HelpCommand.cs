using System.CommandLine;

namespace Skep.Cli.Help;

/// <summary><c>skep help</c>.</summary>
internal static class HelpCommand
{
    /// <param name="root">The command whose commands it describes.</param>
    /// <param name="parse">Parses a command line as the program does.</param>
    public static Command Create(RootCommand root, Func<string[], ParseResult> parse)
    {
        var words = new Argument<string[]>("COMMAND")
        {
            Description = "The command, after the group that it is in: prog list. All, if none is given.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        words.Validators.Add(result =>
        {
            (Command at, string path) = (root, "skep");
            foreach (string word in result.Tokens.Select(token => token.Value))
            {
                if (CommandLineErrors.Below(at, word) is not { } below)
                {
                    result.AddError(CommandLineErrors.NoCommand(path, at, word));
                    return;
                }

                (at, path) = (below, $"{path} {below.Name}");
            }
        });
        var help = new SkepCommand("help", "Shows all commands, or what one does.", new CommandHelp(
            "README.md",
            new("skep help", "all commands"),
            new("skep help prog list", "one command: the same as skep prog list --help"))) { words };
        help.SetAction(parsed => parse([.. parsed.GetValue(words) ?? [], "--help"]).Invoke(parsed.InvocationConfiguration));
        return help;
    }
}
