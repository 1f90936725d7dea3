using System.CommandLine;
using System.CommandLine.Parsing;
using Skep.Cli.Options;
using Skep.Output;

namespace Skep.Cli.Help;

/// <summary>A command with its help.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does: the first line stands in lists of commands.</param>
/// <param name="help">What its help shows besides.</param>
internal sealed class SkepCommand(string name, string description, CommandHelp help) : Command(name, description)
{
    private FormOptions? _forms;

    public CommandHelp Help => help;

    /// <summary>Gives it <c>-j</c> and <c>-p</c>, and its commands with it, and an action that prints data.</summary>
    public void Prints(Func<ParseResult, OutputForm, int> action)
    {
        _forms = new FormOptions(this);
        SetAction(parsed => action(parsed, FormOf(parsed)));
    }

    /// <summary>Gives it an action that prints data; <c>-j</c> and <c>-p</c> are those of the group that it is in.</summary>
    public void PrintsAsGroup(Func<ParseResult, OutputForm, int> action) => SetAction(parsed => action(parsed, FormOf(parsed)));

    private static OutputForm FormOf(ParseResult parsed)
    {
        for (SymbolResult? at = parsed.CommandResult; at is not null; at = at.Parent)
            if (at is CommandResult { Command: SkepCommand { _forms: { } forms } }) return forms.Of(parsed);
        return OutputForm.Text;
    }
}
