using System.Globalization;
using Skep.Bpf;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Inventory.Top;

/// <summary>All that is known of what a program runs, with plots.</summary>
public static class TopDetail
{
    private const int LeastPlot = 3, LabelWidth = 12;

    /// <summary>Draws it.</summary>
    /// <param name="load">The program.</param>
    /// <param name="history">Its samples, oldest first.</param>
    /// <param name="columns">Characters that a line may have.</param>
    /// <param name="rows">Lines that there may be.</param>
    /// <param name="unicode">Whether the terminal shows block characters.</param>
    public static List<string> Lines(ProgramLoad load, IReadOnlyList<ProgramLoad> history, int columns, int rows, bool unicode)
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(history);
        string name = load.Name.Length > 0 ? SafeText.Escape(load.Name) : "(no name)";
        List<string> lines =
        [
            $"\e[7m{ListTable.Fit($"program {load.Id}  {load.Type.Name()}  {name}", columns)}",
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

    private static string Field(string label, string text, int columns)
    {
        string line = label.PadRight(LabelWidth) + text;
        return line.Length > columns ? line[..columns] : line;
    }
}
