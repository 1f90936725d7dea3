using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Help;
using Skep.Cli.Listing;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;

namespace Skep.Cli.Map;

/// <summary><c>skep map</c>.</summary>
internal static class MapCommand
{
    public static Command Create() => new SkepCommand("map", "Maps: list, dump, look up, follow.", new(
        "docs/map.md",
        new("skep map list", "all maps"),
        new("skep map dump name my_map", "the entries of one"),
        new("skep map tap name events", "the records that another process gets by it")))
    {
        List(), MapDumpCommand.CreateDump(), MapDumpCommand.CreateLookup(), MapTapCommand.Create(), MapWatchCommand.Create(),
    };

    private static Command List()
    {
        var list = new ListCommand<BpfMap, MapEntry>(SelectableObjects.Maps(), _ => ObjectWalk.Maps(), (map, _) => MapEntry.Read(map))
        {
            Writer = around => new MapInventory(around),
        };
        return list.Create("MAP", "Lists maps: what they are, which processes and pins hold them.", new(
            "docs/inventory.md",
            new("skep map list", "all maps"),
            new("skep map list name my_map", "those of this name"),
            new("skep map show id 7 -p", "one as JSON over several lines, with bpftool's keys")));
    }
}
