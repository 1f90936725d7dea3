using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;

namespace Skep.Cli.Completion;

/// <summary><c>skep completion</c>.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var shell = new Argument<string>("SHELL")
        {
            Description = "bash, zsh or fish.",
            HelpName = string.Join('|', CompletionScripts.Shells),
        };
        OptionValues.TakeOnly(shell, [.. CompletionScripts.Shells]);
        var completion = new SkepCommand(
            "completion",
            "Prints a script by which a shell completes commands, options and the machine's names.\n"
            + "Names of loaded objects, tables, devices and namespaces are those at that moment; ids need root.",
            new(
                "docs/completion.md",
                new("skep completion bash", "for ~/.bashrc, by: source <(skep completion bash)"),
                new("skep completion fish", "for config.fish, by: skep completion fish | source")))
        {
            shell,
        };
        completion.SetAction(parsed =>
        {
            StandardOutput.WriteText(text => text.Write(CompletionScripts.Of(parsed.GetValue(shell)!)));
            return ExitCode.Done;
        });
        return completion;
    }
}
