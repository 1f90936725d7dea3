using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;

namespace Skep.Cli.Manual;

/// <summary>What a build asks for the manual: the names of the pages, or one page.</summary>
internal static class ManualRequest
{
    /// <summary>The first word of it, which is no command that is listed.</summary>
    public const string Word = "__man";

    /// <summary>Whether these are the arguments of one.</summary>
    public static bool IsThis(string[] args) => args is [Word] or [Word, _];

    /// <summary>Prints the name of a page a line, or the page of that name.</summary>
    /// <param name="args">The arguments of it.</param>
    /// <param name="root">All commands.</param>
    public static int Answer(string[] args, Command root)
    {
        ManualPage[] pages = [.. ManualPage.All(root)];
        if (args is [_, var name])
        {
            if (pages.FirstOrDefault(page => page.Name == name) is not { } found)
                return Message.Error($"there is no page {name} of the manual (skep {Word} lists them)", ExitCode.Usage);
            StandardOutput.WriteText(found.Write);
            return ExitCode.Done;
        }

        StandardOutput.WriteText(text =>
        {
            foreach (ManualPage page in pages) text.WriteLine(page.Name);
        });
        return ExitCode.Done;
    }
}
