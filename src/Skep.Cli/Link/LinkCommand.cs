using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Help;
using Skep.Cli.Listing;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;

namespace Skep.Cli.Link;

/// <summary><c>skep link</c>.</summary>
internal static class LinkCommand
{
    private static readonly CommandHelp s_help = new(
        "docs/inventory.md",
        new("skep link list", "all links"),
        new("skep link show id 3 -j", "one as JSON with bpftool's keys"),
        new("skep link show pinned /sys/fs/bpf/my_link", "the link of a pin"));

    public static Command Create() =>
        new SkepCommand("link", "Links: attachments of programs that are objects of their own.", s_help) { List() };

    private static Command List()
    {
        var list = new ListCommand<BpfLink, LinkEntry>(
            SelectableObjects.Links(), _ => ObjectWalk.Links(), (link, _) => LinkEntry.Read(link))
        {
            Writer = around => new LinkInventory(around),
        };
        return list.Create("LINK", "Lists links: which program, attached to what, which processes and pins hold them.", s_help);
    }
}
