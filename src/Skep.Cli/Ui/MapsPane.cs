using System.Globalization;
using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Inventory.Top;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Cli.Ui;

/// <summary>A map, and who holds it.</summary>
/// <param name="Map">The map.</param>
/// <param name="Owners">The processes that hold it.</param>
internal sealed record MapRow(MapEntry Map, IReadOnlyList<Owner> Owners);

/// <summary>Maps.</summary>
/// <param name="machine">Names what is found.</param>
internal sealed class MapsPane(MachineSnapshot machine) : ListPane<MapRow>("maps", new(Columns, 0, row => Id(row), Matches))
{
    private static readonly ListColumn<MapRow>[] Columns =
    [
        new("ID", 7, Id, (a, b) => a.Map.Info.Id.CompareTo(b.Map.Info.Id)),
        new("TYPE", -15, row => row.Map.Info.Type.Name(), (a, b) => string.CompareOrdinal(a.Map.Info.Type.Name(), b.Map.Info.Type.Name())),
        new("NAME", -16, row => SafeText.Escape(row.Map.Info.Name), (a, b) => string.CompareOrdinal(a.Map.Info.Name, b.Map.Info.Name)),
        new("KEY", 6, row => Text(row.Map.Info.KeySize), (a, b) => b.Map.Info.KeySize.CompareTo(a.Map.Info.KeySize)),
        new("VALUE", 7, row => Text(row.Map.Info.ValueSize), (a, b) => b.Map.Info.ValueSize.CompareTo(a.Map.Info.ValueSize)),
        new("ENTRIES", 9, row => Text(row.Map.Info.MaxEntries), (a, b) => b.Map.Info.MaxEntries.CompareTo(a.Map.Info.MaxEntries)),
        new("MEMORY", 7, row => row.Map.Memlock is { } bytes ? TopColumn.Bytes(bytes) : "-",
            (a, b) => (b.Map.Memlock ?? 0).CompareTo(a.Map.Memlock ?? 0)),
        new("OWNER", -20, row => TopColumn.OwnerText(row.Owners),
            (a, b) => string.CompareOrdinal(TopColumn.OwnerText(a.Owners), TopColumn.OwnerText(b.Owners))),
    ];

    private MachineSnapshot _machine = machine;

    /// <inheritdoc/>
    protected override IReadOnlyList<MapRow> Read()
    {
        List<MapEntry> maps = [];
        _machine = _machine.Renew();
        var around = Surroundings.Begin(
            _machine, attachments: false, () => maps = [.. ObjectWalk.Maps().Select(one => one.Entry).OfType<MapEntry>()]);
        return [.. maps.Select(map => new MapRow(map, around.Owners.OfMap(map.Info.Id)))];
    }

    /// <inheritdoc/>
    protected override string Summarize() => string.Create(
        CultureInfo.InvariantCulture,
        $"{List.All.Count} maps, {TopColumn.Bytes(List.All.Sum(row => row.Map.Memlock ?? 0))} of kernel memory");

    /// <inheritdoc/>
    protected override IReadOnlyList<PaneView> ViewsOf(MapRow row) =>
    [
        new PaneView.OfCommand('d', "dump", "map", "dump", "id", Id(row)),
        new PaneView.OfCommand('i', "show", "map", "show", "id", Id(row)),
    ];

    private static string Id(MapRow row) => Text(row.Map.Info.Id);

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool Matches(MapRow row, string filter) =>
        Id(row) == filter || Columns.Any(column => column.Width < 0
            && column.Cell(row).Contains(filter, StringComparison.OrdinalIgnoreCase));
}
