using System.Globalization;
using Skep.Bpf;
using Skep.Inventory.Listing;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Inventory.Top;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Cli.Ui;

/// <summary>A link, what it attaches, and who holds it.</summary>
/// <param name="Link">The link.</param>
/// <param name="Program">The name of its program.</param>
/// <param name="Place">Where that is attached.</param>
/// <param name="Owners">The processes that hold the link.</param>
internal sealed record LinkRow(BpfLinkInfo Link, string Program, string Place, IReadOnlyList<Owner> Owners);

/// <summary>Links.</summary>
/// <param name="machine">Names what is found.</param>
internal sealed class LinksPane(MachineSnapshot machine) : ListPane<LinkRow>("links", new(Columns, 0, row => Id(row), Matches))
{
    private static readonly ListColumn<LinkRow>[] Columns =
    [
        new("ID", 7, Id, (a, b) => a.Link.Id.CompareTo(b.Link.Id)),
        new("TYPE", -14, row => row.Link.Type.Name(), (a, b) => string.CompareOrdinal(a.Link.Type.Name(), b.Link.Type.Name())),
        new("PROG", 7, row => Text(row.Link.ProgramId), (a, b) => a.Link.ProgramId.CompareTo(b.Link.ProgramId)),
        new("NAME", -16, row => row.Program, (a, b) => string.CompareOrdinal(a.Program, b.Program)),
        new("OWNER", -20, row => TopColumn.OwnerText(row.Owners),
            (a, b) => string.CompareOrdinal(TopColumn.OwnerText(a.Owners), TopColumn.OwnerText(b.Owners))),
        new("ATTACHED", -30, row => row.Place, (a, b) => string.CompareOrdinal(a.Place, b.Place)),
    ];

    private MachineSnapshot _machine = machine;

    /// <inheritdoc/>
    protected override IReadOnlyList<LinkRow> Read()
    {
        _machine = _machine.Renew();
        List<ProgramEntry> programs = [];
        var around = Surroundings.Begin(
            _machine, attachments: true,
            () => programs = [.. ObjectWalk.Programs(_machine.Clock).Select(one => one.Entry).OfType<ProgramEntry>()]);
        Dictionary<uint, string> names = programs.ToDictionary(one => one.Info.Id, one => SafeText.Escape(one.Name));
        return
        [
            .. around.Links.Select(one => one.Entry?.Info).OfType<BpfLinkInfo>().Select(link => new LinkRow(
                link, names.GetValueOrDefault(link.ProgramId, ""), PlaceOf(around.Attachments, link), around.Owners.OfLink(link.Id))),
        ];
    }

    /// <inheritdoc/>
    protected override string Summarize() => string.Create(CultureInfo.InvariantCulture, $"{List.All.Count} links");

    /// <inheritdoc/>
    protected override IReadOnlyList<PaneView> ViewsOf(LinkRow row) =>
    [
        new PaneView.OfCommand('i', "show", "link", "show", "id", Id(row)),
        .. row.Link.ProgramId == 0 ? [] : (ReadOnlySpan<PaneView>)
        [
            new PaneView.OfCommand('e', "explain", "prog", "explain", "id", Text(row.Link.ProgramId)),
            new PaneView.OfCommand('x', "xlated", "prog", "dump", "xlated", "id", Text(row.Link.ProgramId)),
        ],
    ];

    private static string PlaceOf(AttachmentIndex? places, BpfLinkInfo link)
    {
        Attachment? place = places?.OfProgram(link.ProgramId).FirstOrDefault(one => one.LinkId == link.Id);
        return place is null ? "-" : AttachmentText.Where(place);
    }

    private static string Id(LinkRow row) => Text(row.Link.Id);

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool Matches(LinkRow row, string filter) =>
        Id(row) == filter || Columns.Any(column => column.Width < 0
            && column.Cell(row).Contains(filter, StringComparison.OrdinalIgnoreCase));
}
