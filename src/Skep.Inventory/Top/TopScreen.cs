using System.Globalization;
using System.Text;
using Skep.Bpf;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Inventory.Top;

/// <summary>Draws a <see cref="TopView"/> as a frame of a terminal.</summary>
/// <param name="view">What to draw.</param>
/// <param name="interval">Time from a sample to the next.</param>
/// <param name="unicode">Whether the terminal shows block characters.</param>
public sealed class TopScreen(TopView view, TimeSpan interval, bool unicode)
{
    // Above the rows: summary, order, titles; below them: keys.
    private const int OtherLines = 4;

    private static readonly string[] Help =
    [
        "Up Down j k PgUp PgDn Home End   move",
        "Enter                            a program: all that is known, with plots",
        "/ F4 \\                           filter by name, type, owner, place or id; Esc ends it",
        "s F6 > < Left Right              order by the next, by the former column",
        "P M T N E                        order by CPU, map memory, time, id, events",
        "r I                              turn the order around",
        "Space p                          hold the picture",
        "q Esc                            back; q F10 Ctrl-C on the table: end",
        "",
        "EVENTS/S  runs a second            CPU%       share of one CPU's time",
        "AVG NS    nanoseconds a run, now   TOTAL AVG  of all runs that were counted",
        "RUNS      runs that were counted   MAPS       kernel memory of its maps",
        "",
        "The kernel counts only while somebody asks it to. Runs before are not known.",
    ];

    /// <summary>Rows that the table has on a screen.</summary>
    /// <param name="screenRows">Lines of the screen.</param>
    public static int PageRows(int screenRows) => Math.Max(1, screenRows - OtherLines);

    /// <summary>Draws a whole frame: each line is cleared to its end, nothing scrolls.</summary>
    public byte[] Draw(int columns, int rows)
    {
        List<string> lines = view.Page switch
        {
            TopPage.Help => [Reverse(ListTable.Fit("skep top: keys", columns)), .. Help.Select(line => Cut(line, columns))],
            TopPage.Detail => Detail(columns, rows - 1),
            _ => Table(columns, rows),
        };
        if (lines.Count > rows - 1) lines.RemoveRange(rows - 1, lines.Count - rows + 1);
        while (lines.Count < rows - 1) lines.Add("");
        lines.Add(Reverse(ListTable.Fit(KeyLine(), columns)));
        var frame = new StringBuilder("\e[H");
        for (int i = 0; i < lines.Count; i++) frame.Append(i == 0 ? "" : "\r\n").Append(lines[i]).Append("\e[0m\e[K");
        return Encoding.UTF8.GetBytes(frame.Append("\e[J").ToString());
    }

    private List<string> Table(int columns, int rows)
    {
        RowList<ProgramLoad> list = view.List;
        int page = PageRows(rows);
        list.Scroll(page);
        string paused = list.IsPaused ? "  HELD" : "";
        string mark = SortMark(list.IsReversed, unicode);
        int[] widths = ListTable.OwnWidths(TopColumn.All);
        List<string> lines =
        [
            Cut(
                string.Create(CultureInfo.InvariantCulture,
                    $"skep top  {view.Sample.Time.ToLocalTime():HH:mm:ss}  {TopWriter.Summary(view.Sample)}; every "
                    + $"{interval.TotalSeconds:0.###}s{paused}"), columns),
            Cut(list.FilterLine, columns),
            Reverse(ListTable.Fit(ListTable.Head(TopColumn.All, widths, columns, list.SortColumn, mark), columns)),
        ];
        for (int i = list.First; i < list.Rows.Count && i < list.First + page; i++)
        {
            string line = ListTable.Row(TopColumn.All, widths, columns, list.Rows[i]);
            lines.Add(i == list.Cursor ? $"\e[7m{ListTable.Fit(line, columns)}"
                : list.Rows[i].PeriodRuns == 0 ? $"\e[2m{line}" : line);
        }

        return lines;
    }

    private List<string> Detail(int columns, int rows) => view.Selected is { } load
        ? TopDetail.Lines(load, view.History.Of(load.Id), columns, rows, unicode)
        : [Reverse(ListTable.Fit("this program was removed", columns))];

    /// <summary>How the column that orders is marked.</summary>
    public static string SortMark(bool isReversed, bool unicode) =>
        (unicode, isReversed) switch { (true, false) => "▼", (true, true) => "▲", (false, false) => "*", _ => "^" };

    private string KeyLine() => view.Page switch
    {
        TopPage.Table when view.List.IsTyping => "type a filter: Enter keeps it, Esc ends it",
        TopPage.Table => "F1 Help  Enter Detail  / Filter  F6 Sort  P CPU  M Memory  r Reverse  Space Hold  q Quit",
        _ => "Esc Back  F10 Quit",
    };

    private static string Cut(string text, int columns) => text.Length > columns ? text[..columns] : text;

    private static string Reverse(string text) => $"\e[7m{text}";
}
