using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;

namespace Skep.Cli.Link;

/// <summary><c>skep link</c>.</summary>
internal static class LinkCommand
{
    public static Command Create() => new("link", "Links: programs' attachments that are objects of their own.") { List() };

    private static Command List()
    {
        var kind = new ObjectKindWords<LinkEntry>(
            "link",
            ObjectWalk.Links,
            id =>
            {
                using BpfLink link = BpfLink.OpenById(id);
                return LinkEntry.Read(link);
            },
            path =>
            {
                using BpfLink link = BpfLink.OpenPinned(path);
                return LinkEntry.Read(link);
            },
            new Dictionary<string, Func<LinkEntry, string, bool>>());
        return ListCommand.Create(kind, "Lists links: which program, attached to what, who holds them.", "LINK", attachments: false, around => new LinkInventory(around));
    }
}
