using System.CommandLine;

namespace Skep.Cli.Tests;

/// <summary>The command lines that there are, by the tree itself.</summary>
internal static class CommandLines
{
    /// <summary>Every command, also those that only group others, with the words that lead to it; the root has none.</summary>
    public static IEnumerable<(Command Command, string[] Words)> All(Command command, params string[] words) =>
        command.Subcommands.SelectMany(below => All(below, [.. words, below.Name])).Prepend((command, words));
}
