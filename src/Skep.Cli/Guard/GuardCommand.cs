using System.CommandLine;
using Skep.Cli.Help;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard</c>.</summary>
internal static class GuardCommand
{
    public static Command Create()
    {
        var guard = new SkepCommand("guard", "Decides what BPF may do on this machine, before it is done.", new(
            "docs/guard.md",
            new("skep guard apply /etc/skep/guard.d", "put policies into the kernel"),
            new("skep guard show", "those that are there, and what they decided")))
        {
            GuardCheckCommand.Create(), GuardTestCommand.Create(), GuardWatchCommand.Create(), GuardLearnCommand.Create(),
            GuardApplyCommand.Create(), GuardApplyCommand.CreateConfirm(), GuardShowCommand.Create(), GuardLogCommand.Create(),
            GuardShowCommand.CreateRemove(),
        };
        guard.Prints((_, form) => GuardShowCommand.Show(form));
        return guard;
    }
}
