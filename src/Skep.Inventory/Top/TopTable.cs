using System.Text;
using Skep.Bpf;

namespace Skep.Inventory.Top;

/// <summary>The programs of a sample as rows: chosen, ordered, laid out in columns.</summary>
internal static class TopTable
{
    private const int Gap = 1;

    /// <summary>The programs that a filter lets through, in the order of a column.</summary>
    /// <param name="sample">All programs.</param>
    /// <param name="filter">Part of a name, type, owner, place, or an id; empty for all. Letters' case does not matter.</param>
    /// <param name="column">The column to order by.</param>
    /// <param name="reversed">Whether against the column's own order.</param>
    public static List<ProgramLoad> Rows(LoadSample sample, string filter, int column, bool reversed)
    {
        List<ProgramLoad> rows = [.. sample.Programs.Where(load => filter.Length == 0 || Matches(load, filter))];
        Comparison<ProgramLoad> compare = TopColumn.All[column].Compare;
        rows.Sort((a, b) =>
        {
            int order = compare(a, b);
            if (reversed) order = -order;
            return order != 0 ? order : a.Id.CompareTo(b.Id);
        });
        return rows;
    }

    /// <summary>The titles.</summary>
    /// <param name="width">Characters that a line may have.</param>
    /// <param name="sorted">The column to mark; -1 for none.</param>
    /// <param name="mark">How it is marked.</param>
    public static string Head(int width, int sorted, string mark) =>
        Line(width, i => i == sorted ? TopColumn.All[i].Title + mark : TopColumn.All[i].Title);

    /// <summary>A program's row.</summary>
    public static string Row(int width, ProgramLoad load) => Line(width, i => TopColumn.All[i].Cell(load));

    /// <summary>Cuts or fills a text to a width.</summary>
    public static string Fit(string text, int width) => text.Length > width ? text[..Math.Max(width, 0)] : text.PadRight(width);

    private static string Line(int width, Func<int, string> cell)
    {
        var line = new StringBuilder();
        for (int i = 0; i < TopColumn.All.Count && line.Length < width; i++)
        {
            if (i > 0) line.Append(' ', Gap);
            int columnWidth = TopColumn.All[i].Width;
            string text = cell(i);
            bool last = i == TopColumn.All.Count - 1;

            // A number is never cut: a wide one moves the rest of its line.
            if (columnWidth > 0) line.Append(text.PadLeft(columnWidth));
            else line.Append(last ? text : Fit(text, -columnWidth));
        }

        return line.Length > width ? line.ToString(0, width) : line.ToString();
    }

    private static bool Matches(ProgramLoad load, string filter) =>
        Has(load.Name, filter) || Has(load.Type.Name(), filter)
            || load.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == filter
        || load.Owners.Any(owner => Has(owner.Comm, filter)) || load.Attachments.Any(place => Has(place.Target?.Text ?? "", filter));

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
