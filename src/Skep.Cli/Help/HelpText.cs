using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Skep.Cli.Common;
using Skep.Linux.Streams;

namespace Skep.Cli.Help;

/// <summary>Prints the help of a command: what the parser knows of it, then examples, exit codes and the page that describes it.</summary>
internal sealed class HelpText : SynchronousCommandLineAction
{
    private const int Gap = 3, LongestLine = 60;

    // Asked for a width of its own, the parser sets up the terminal.
    private readonly HelpAction _parser = new() { MaxWidth = Terminal.IsOutput ? Terminal.Size.Columns : int.MaxValue };

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is not SkepCommand command)
        {
            Overview.Write(output, parseResult.RootCommandResult.Command);
            return ExitCode.Done;
        }

        _parser.Invoke(parseResult);
        Write(output, command.Help);
        return ExitCode.Done;
    }

    private static void Write(TextWriter output, CommandHelp help)
    {
        output.WriteLine("Examples:");
        WriteRows(output, help.Examples.Select(example => (example.Line, example.Purpose)));
        output.WriteLine();
        output.WriteLine("Exit codes:");
        WriteRows(output, help.ExitCodes);
        if (help.Others is { } others) output.WriteLine($"  {others}");
        output.WriteLine();
        output.WriteLine($"Documentation: {help.Page}");
    }

    /// <summary>Writes two columns; a line that is too long for its column takes one of its own.</summary>
    public static void WriteRows(TextWriter output, IEnumerable<(string Left, string Right)> rows)
    {
        (string Left, string Right)[] all = [.. rows];
        int width = all.Select(row => row.Left.Length).Where(length => length <= LongestLine).DefaultIfEmpty().Max() + Gap;
        foreach ((string left, string right) in all)
        {
            if (left.Length > LongestLine) output.WriteLine($"  {left}\n  {new string(' ', width)}{right}");
            else output.WriteLine($"  {left.PadRight(width)}{right}");
        }
    }
}
