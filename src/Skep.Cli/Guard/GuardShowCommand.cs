using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Guard.Kernel;
using Skep.Output;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard show</c> and <c>remove</c>.</summary>
internal static class GuardShowCommand
{
    public static Command Create()
    {
        var show = new SkepCommand("show", "Shows the policies that are in the kernel, and how often each rule decided.", new(
            "docs/guard.md",
            new("skep guard show", "as text"),
            new("skep guard show -j", "as JSON")));
        show.PrintsAsGroup((_, form) => Show(form));
        return show;
    }

    /// <summary>Prints what is applied.</summary>
    public static int Show(OutputForm form) => GuardApplyCommand.Supported("show policies", () =>
    {
        IReadOnlyList<AppliedGuard> applied = AppliedGuard.ReadAll();
        GuardCounters? counters = GuardLog.Exists ? GuardLog.ReadCounters() : null;
        StandardOutput.Write(
            form, json => AppliedGuardText.Write(json, applied, counters), text => AppliedGuardText.Write(text, applied, counters));
        return ExitCode.Done;
    });

    public static Command CreateRemove()
    {
        var remove = new SkepCommand("remove", "Removes all policies from the kernel.", new(
            "docs/guard.md",
            new("skep guard remove", "nothing is judged any more"),
            new("skep guard show", "what would be removed")));
        remove.SetAction(_ => GuardApplyCommand.Supported("remove policies", () =>
            AppliedGuard.RemoveAll(Message.Print)
                ? ExitCode.Done
                : Message.Error("removing policies: none are applied (skep guard show shows those that are)", ExitCode.Failed)));
        return remove;
    }
}
