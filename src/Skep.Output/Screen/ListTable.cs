using System.Text;

namespace Skep.Output.Screen;

/// <summary>Lays rows out in columns.</summary>
public static class ListTable
{
    private const int Gap = 1, LeastText = 6;

    /// <summary>The titles.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="widths">Their widths, as in <see cref="ListColumn{T}"/>.</param>
    /// <param name="width">Characters that a line may have.</param>
    /// <param name="sorted">The column to mark; -1 for none.</param>
    /// <param name="mark">How it is marked.</param>
    public static string Head<T>(
        IReadOnlyList<ListColumn<T>> columns, IReadOnlyList<int> widths, int width, int sorted = -1, string mark = "")
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Line(widths, width, i => i == sorted ? columns[i].Title + mark : columns[i].Title);
    }

    /// <summary>A row.</summary>
    /// <inheritdoc cref="Head"/>
    public static string Row<T>(IReadOnlyList<ListColumn<T>> columns, IReadOnlyList<int> widths, int width, T row)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return Line(widths, width, i => columns[i].Cell(row));
    }

    /// <summary>The widths that columns have by themselves.</summary>
    public static int[] OwnWidths<T>(IReadOnlyList<ListColumn<T>> columns) => [.. columns.Select(column => column.Width)];

    /// <summary>
    /// Widths by which rows are whole where there is room. Where there is none, the widest text gives way, but the last column, which is
    /// cut at the end of the line; a number is never cut.
    /// </summary>
    /// <param name="columns">The columns.</param>
    /// <param name="rows">The rows that are shown.</param>
    /// <param name="width">Characters that a line may have.</param>
    public static int[] Fitted<T>(IReadOnlyList<ListColumn<T>> columns, IReadOnlyList<T> rows, int width)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);

        // The mark of the column that orders stands behind its title.
        int[] widths = [.. columns.Select(column => rows.Select(row => column.Cell(row).Length).Append(column.Title.Length + 1).Max())];
        int least = Math.Min(LeastText, width), last = columns.Count - 1;
        int over = widths.Take(last).Sum() + (Gap * last) + least - width;
        while (over-- > 0)
        {
            int widest = -1;
            for (int i = 0; i < last; i++)
                if (columns[i].Width < 0 && widths[i] > LeastText && (widest < 0 || widths[i] > widths[widest])) widest = i;
            if (widest < 0) break;
            widths[widest]--;
        }

        for (int i = 0; i < widths.Length; i++)
            if (columns[i].Width < 0) widths[i] = -widths[i];
        return widths;
    }

    /// <summary>Cuts or fills a text to a width.</summary>
    public static string Fit(string text, int width)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > width ? text[..Math.Max(width, 0)] : text.PadRight(width);
    }

    private static string Line(IReadOnlyList<int> widths, int width, Func<int, string> cell)
    {
        var line = new StringBuilder();
        for (int i = 0; i < widths.Count && line.Length < width; i++)
        {
            if (i > 0) line.Append(' ', Gap);
            string text = cell(i);
            bool last = i == widths.Count - 1;

            // A number is never cut: a wide one moves the rest of its line.
            if (widths[i] > 0) line.Append(text.PadLeft(widths[i]));
            else line.Append(last ? text : Fit(text, -widths[i]));
        }

        return line.Length > width ? line.ToString(0, width) : line.ToString();
    }
}
