using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Help;
using Skep.Cli.Listing;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog</c>.</summary>
internal static class ProgCommand
{
    public static Command Create() => new SkepCommand("prog", "Programs: list, dump, explain, decompile, draw, compare, verify, run.", new(
        "docs/inventory.md",
        new("skep prog list", "all loaded programs"),
        new("skep prog explain name my_prog", "what one reads, changes and sends"),
        new("skep prog dump jited id 5", "its machine code")))
    {
        List(), ProgDumpCommand.Create(), ProgCfgCommand.Create(), ExplainCommand.Create(), DecompileCommand.Create(), DiffCommand.Create(),
        ProgClassicCommand.Create(), ProgVerifyCommand.Create(), ProgReplayCommand.Create(),
    };

    private static Command List()
    {
        var names = new ProgramNames();
        var list = new ListCommand<BpfProgram, ProgramEntry>(
            SelectableObjects.Programs(), machine => ObjectWalk.Programs(machine.Clock),
            (program, machine) => ProgramEntry.Read(program, names, machine.Clock))
        {
            Attachments = true,
            Writer = around => new ProgramInventory(around),
        };
        return list.Create("PROG", "Lists programs: what they are, which processes and pins hold them, where they are attached.", new(
            "docs/inventory.md",
            new("skep prog list", "all loaded programs"),
            new("skep prog show pinned /sys/fs/bpf/my_prog", "the program of a pin"),
            new("skep prog list tag 6deef7357e7b4530 -j", "those with this tag, as JSON with bpftool's keys")));
    }
}
