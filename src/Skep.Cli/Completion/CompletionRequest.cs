using System.CommandLine;
using Skep.Cli.Common;

namespace Skep.Cli.Completion;

/// <summary>What a script of <c>skep completion</c> asks at each key: which words may stand there.</summary>
internal static class CompletionRequest
{
    /// <summary>The first word of it, which is no command that is listed.</summary>
    public const string Word = "__complete";

    /// <summary>Whether these are the arguments of one.</summary>
    public static bool IsThis(string[] args) => args is [Word, ..];

    /// <summary>Prints a candidate a line: the word, and behind a tab what it means.</summary>
    /// <param name="args">The arguments of it.</param>
    /// <param name="root">All commands.</param>
    public static int Answer(string[] args, Command root)
    {
        IReadOnlyList<Candidate> found = new Completer(root, new MachineWords()).Of(args[1..]);
        StandardOutput.WriteText(text =>
        {
            foreach (Candidate one in found) text.WriteLine(one.Meaning.Length == 0 ? one.Word : $"{one.Word}\t{one.Meaning}");
        });
        return ExitCode.Done;
    }
}
