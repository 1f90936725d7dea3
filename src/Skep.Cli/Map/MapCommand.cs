using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;

namespace Skep.Cli.Map;

/// <summary><c>skep map</c>.</summary>
internal static class MapCommand
{
    public static Command Create() => new("map", "Maps.") { List(), MapDumpCommand.CreateDump(), MapDumpCommand.CreateLookup(), MapTapCommand.Create(), MapWatchCommand.Create() };

    private static Command List()
    {
        var kind = new ObjectKindWords<MapEntry>(
            "map",
            ObjectWalk.Maps,
            id =>
            {
                using BpfMap map = BpfMap.OpenById(id);
                return MapEntry.Read(map);
            },
            path =>
            {
                using BpfMap map = BpfMap.OpenPinned(path);
                return MapEntry.Read(map);
            },
            new Dictionary<string, Func<MapEntry, string, bool>> { ["name"] = (entry, name) => entry.Info.Name == name });
        return ListCommand.Create(kind, "Lists maps: what they are, who holds them.", "MAP", attachments: false, around => new MapInventory(around));
    }
}
