using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Help;
using Skep.Cli.Listing;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;

namespace Skep.Cli.Btf;

/// <summary><c>skep btf</c>.</summary>
internal static class BtfCommand
{
    private static readonly CommandHelp s_help = new(
        "docs/inventory.md",
        new("skep btf list", "all BTF objects"),
        new("skep btf list name vmlinux -j", "that of the kernel, as JSON with bpftool's keys"));

    public static Command Create() =>
        new SkepCommand("btf", "BTF objects: type information of the kernel, its modules and programs.", s_help) { List() };

    private static Command List()
    {
        var list = new ListCommand<BpfBtf, BpfBtfInfo>(
            SelectableObjects.BtfObjects(), _ => ObjectWalk.BtfObjects(), (btf, _) => btf.GetInfo())
        {
            Writer = around => new BtfInventory(around, BtfUsers.Read(around.Machine.Clock)),
        };
        return list.Create("BTF", "Lists BTF objects: their size, and the programs and maps that use them.", s_help);
    }
}
