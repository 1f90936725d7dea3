using System.CommandLine;
using Skep.Analysis.Dump;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog classic</c>.</summary>
internal static class ProgClassicCommand
{
    public static Command Create()
    {
        var classic = new SkepCommand(
            "classic",
            "Lists cBPF programs, which have no ids: filters of sockets, and seccomp filters by process.",
            new(
                "docs/inventory.md",
                new("skep prog classic", "all filters of sockets and processes"),
                new("skep prog classic -p", "the same as JSON over several lines")));
        classic.Prints((_, form) =>
        {
            if (!ProcessCapabilities.Read().CanUseBpf)
                return Message.Error("list cBPF programs: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
            var machine = new MachineSnapshot();
            OwnerIndex owners = OwnerIndex.Read(machine.Types);
            IReadOnlyList<SeccompTask> tasks = SeccompView.Read(machine.Types, out string? reason);
            if ((owners.Reason ?? reason) is { } failure) return Message.Error($"list cBPF programs: {failure}", ExitCode.Failed);
            ListedSocket[] sockets = [.. SocketView.Read(owners).Where(HasClassic)];
            StandardOutput.Write(
                form, json => ClassicWriter.WriteJson(json, sockets, tasks), text => ClassicWriter.WriteText(text, sockets, tasks));
            return ExitCode.Done;
        });
        return classic;
    }

    private static bool HasClassic(ListedSocket socket) => socket.Filter is { IsClassic: true } || socket.Reuseport is { IsClassic: true };
}
