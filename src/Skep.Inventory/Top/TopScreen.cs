using System.Globalization;
using System.Text;
using Skep.Bpf;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Top;

/// <summary>Draws a <see cref="TopView"/> as a frame of a terminal.</summary>
/// <param name="view">What to draw.</param>
/// <param name="interval">Time from a sample to the next.</param>
/// <param name="unicode">Whether the terminal shows block characters.</param>
public sealed class TopScreen(TopView view, TimeSpan interval, bool unicode)
{
    // Above the rows: summary, order, titles; below them: keys.
    private const int OtherLines = 4;
    private const int LeastPlot = 3, LabelWidth = 12;

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
            TopPage.Help => [Reverse(TopTable.Fit("skep top: keys", columns)), .. Help.Select(line => Cut(line, columns))],
            TopPage.Detail => Detail(columns, rows - 1),
            _ => Table(columns, rows),
        };
        if (lines.Count > rows - 1) lines.RemoveRange(rows - 1, lines.Count - rows + 1);
        while (lines.Count < rows - 1) lines.Add("");
        lines.Add(Reverse(TopTable.Fit(KeyLine(), columns)));
        var frame = new StringBuilder("\e[H");
        for (int i = 0; i < lines.Count; i++) frame.Append(i == 0 ? "" : "\r\n").Append(lines[i]).Append("\e[0m\e[K");
        return Encoding.UTF8.GetBytes(frame.Append("\e[J").ToString());
    }

    private List<string> Table(int columns, int rows)
    {
        int page = PageRows(rows);
        view.Scroll(page);
        string paused = view.IsPaused ? "  HELD" : "";
        string filter =
            view.IsTyping ? $"filter: {view.Filter}_"
                : view.Filter.Length > 0 ? $"filter: {view.Filter}  ({view.Rows.Count} of {view.Sample.Programs.Count})" : "";
        string mark = (unicode, view.IsReversed) switch { (true, false) => "▼", (true, true) => "▲", (false, false) => "*", _ => "^" };
        List<string> lines =
        [
            Cut(
                string.Create(CultureInfo.InvariantCulture,
                    $"skep top  {view.Sample.Time.ToLocalTime():HH:mm:ss}  {TopWriter.Summary(view.Sample)}; every "
                    + $"{interval.TotalSeconds:0.###}s{paused}"), columns),
            Cut(filter, columns),
            Reverse(TopTable.Fit(TopTable.Head(columns, view.SortColumn, mark), columns)),
        ];
        for (int i = view.First; i < view.Rows.Count && i < view.First + page; i++)
        {
            string line = TopTable.Row(columns, view.Rows[i]);
            lines.Add(i == view.Cursor ? $"\e[7m{TopTable.Fit(line, columns)}" : view.Rows[i].PeriodRuns == 0 ? $"\e[2m{line}" : line);
        }

        return lines;
    }

    private List<string> Detail(int columns, int rows)
    {
        if (view.Selected is not { } load) return [Reverse(TopTable.Fit("this program was removed", columns))];
        string name = load.Name.Length > 0 ? SafeText.Escape(load.Name) : "(no name)";
        List<string> lines =
        [
            Reverse(TopTable.Fit($"program {load.Id}  {load.Type.Name()}  {name}", columns)),
            Field("runs", string.Create(CultureInfo.InvariantCulture, $"{load.RunCount} counted, {load.EventsPerSecond:0.0} a second now"),
                columns),
            Field("run time",
                string.Create(CultureInfo.InvariantCulture,
                    $"{load.AverageNs} ns on average, {load.PeriodAverageNs} ns now; {load.RunTimeNs / 1_000_000} ms in all"), columns),
            Field("CPU", string.Create(CultureInfo.InvariantCulture, $"{load.CpuPercent:0.000}% of one"), columns),
            Field("memory",
                $"program {(load.Memlock is { } own ? TopColumn.Bytes(own) : "unknown")}, maps {TopColumn.Bytes(load.MapBytes)}", columns),
        ];
        foreach (Owner owner in load.Owners.DefaultIfEmpty(new Owner(0, "none")))
            lines.Add(Field("owner", owner.Pid == 0 ? "none" : $"{SafeText.Escape(owner.Comm)} (pid {owner.Pid})", columns));
        foreach (Attachment place in load.Attachments) lines.Add(Field("attached", AttachmentText.Line(place), columns));
        IReadOnlyList<ProgramLoad> history = view.History.Of(load.Id);
        (string Title, Func<ProgramLoad, double> Value)[] plots =
        [
            ("CPU %", past => past.CpuPercent), ("events/s", past => past.EventsPerSecond), ("ns a run", past => past.PeriodAverageNs),
        ];
        int room = Math.Max(0, rows - lines.Count), shown = Math.Min(plots.Length, room / (LeastPlot + 2));
        for (int i = 0; i < shown; i++)
        {
            lines.Add("");
            lines.AddRange(Plot.Draw(plots[i].Title, [.. history.Select(plots[i].Value)], columns, (room / shown) - 2, unicode));
        }

        return lines;
    }

    private string KeyLine() => view.Page switch
    {
        TopPage.Table when view.IsTyping => "type a filter: Enter keeps it, Esc ends it",
        TopPage.Table => "F1 Help  Enter Detail  / Filter  F6 Sort  P CPU  M Memory  r Reverse  Space Hold  q Quit",
        _ => "Esc Back  F10 Quit",
    };

    private static string Field(string label, string text, int columns) => Cut(label.PadRight(LabelWidth) + text, columns);

    private static string Cut(string text, int columns) => text.Length > columns ? text[..columns] : text;

    private static string Reverse(string text) => $"\e[7m{text}";
}
