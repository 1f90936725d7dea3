using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog</c>.</summary>
internal static class ProgCommand
{
    public static Command Create() => new("prog", "Programs.")
    {
        List(), ProgDumpCommand.Create(), ProgCfgCommand.Create(), ExplainCommand.Create(), DecompileCommand.Create(), DiffCommand.Create(), ProgClassicCommand.Create(),
    };

    private static Command List()
    {
        var names = new ProgramNames();
        var kind = new ObjectKindWords<ProgramEntry>(
            "program",
            ObjectWalk.Programs,
            id =>
            {
                using BpfProgram program = BpfProgram.OpenById(id);
                return ProgramEntry.Read(program, names);
            },
            path =>
            {
                using BpfProgram program = BpfProgram.OpenPinned(path);
                return ProgramEntry.Read(program, names);
            },
            new Dictionary<string, Func<ProgramEntry, string, bool>>
            {
                ["name"] = (entry, name) => entry.Name == name || entry.Info.Name == name,
                ["tag"] = (entry, tag) => entry.Info.Tag == tag,
            });
        return ListCommand.Create(
            kind, "Lists programs: what they are, who holds them, where they are attached.", "PROG", attachments: true, around => new ProgramInventory(around));
    }
}
