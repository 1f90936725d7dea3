using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;

namespace Skep.Cli.Btf;

/// <summary><c>skep btf</c>.</summary>
internal static class BtfCommand
{
    public static Command Create() => new("btf", "BTF objects: type information of the kernel, its modules and programs.") { List() };

    private static Command List()
    {
        var kind = new ObjectKindWords<BpfBtfInfo>(
            "BTF object",
            ObjectWalk.BtfObjects,
            id =>
            {
                using BpfBtf btf = BpfBtf.OpenById(id);
                return btf.GetInfo();
            },
            null,
            new Dictionary<string, Func<BpfBtfInfo, string, bool>>());
        return ListCommand.Create(
            kind, "Lists BTF objects: their size, and the programs and maps that use them.", "BTF", attachments: false,
            around => new BtfInventory(around, BtfUsers.Read()));
    }
}
