using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Listing;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Output;

namespace Skep.Cli.Perf;

/// <summary><c>skep perf</c>.</summary>
internal static class PerfCommand
{
    private static readonly CommandHelp s_help = new(
        "docs/inventory.md",
        new("skep perf", "all programs of tracepoints, probes and counters"),
        new("skep perf list -j", "the same as JSON with bpftool's keys"));

    public static Command Create()
    {
        var list = new SkepCommand(
            "list", "Lists which process runs which program on which tracepoint, probe or counter, by which descriptor.", s_help);
        list.Aliases.Add("show");
        list.PrintsAsGroup((_, form) => List(form));
        var perf = new SkepCommand("perf", "Programs of perf events and raw tracepoints.", s_help) { list };
        perf.Prints((_, form) => List(form));
        return perf;
    }

    private static int List(OutputForm form)
    {
        if (!ProcessCapabilities.Read().CanUseBpf)
        {
            return Message.Error(
                "list the programs of perf events: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
        }

        var machine = new MachineSnapshot();
        OwnerIndex owners = OwnerIndex.Read(machine.Types);
        if (owners.Reason is { } reason) return Message.Error($"list the programs of perf events: {reason}", ExitCode.Failed);
        IReadOnlyList<PerfPlace> places = PerfView.Read(owners, machine);
        StandardOutput.WriteList(form, places, PerfWriter.WriteJson, PerfWriter.WriteText);
        return ExitCode.Done;
    }
}
