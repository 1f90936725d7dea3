using System;
using System.Globalization;

namespace Skep.Filter.Runtime.Report;

/// <summary>Writes statistics as text.</summary>
/// <param name="output">Takes the lines.</param>
/// <param name="width">Characters a line may have; 0 for any number.</param>
/// <param name="draws">Whether to draw bars and sparklines.</param>
public sealed class StatsText(TextWriter output, int width, bool draws)
{
    private const int LabelWidth = 15, LeastNarrowLabel = 14, LeastLabel = 20, MostLabel = 43, BarWidth = 12, NumbersWidth = 47;

    /// <summary>Writes totals: <c>XDP_DROP:  500</c>.</summary>
    public void WriteTotals(IReadOnlyList<StatsSection> sections)
    {
        ArgumentNullException.ThrowIfNull(sections);
        foreach (var section in sections)
        {
            WriteTitle(section);
            foreach (var row in section.Rows)
            {
                if (section.Mode == StatsModes.Rules) WriteLine(Invariant($"{row.Count.Packets,12} {row.Count.Bytes,14}  {row.Label}"));
                else if (!section.HasBytes) WriteLine(Invariant($"{row.Label + ":",-MostLabel}{row.Count.Packets,12}"));
                else if (section.Mode is StatsModes.Actions or StatsModes.Protocols)
                    WriteLine(Invariant($"{row.Label + ":",-LabelWidth}{row.Count.Packets,12}"));
                else WriteLine(Invariant($"{row.Label + ":",-MostLabel}{row.Count.Packets,12} {row.Count.Bytes,14}"));
            }
        }
    }

    /// <summary>Writes totals and rates.</summary>
    /// <param name="title">The first line.</param>
    /// <param name="sections">The sections.</param>
    /// <param name="rates">Gives the rates; it has begun the reading.</param>
    public void WriteRates(string title, IReadOnlyList<StatsSection> sections, RateHistory rates)
    {
        ArgumentNullException.ThrowIfNull(sections);
        ArgumentNullException.ThrowIfNull(rates);
        var rows = sections.SelectMany(s => s.Rows.Where(_ => s.Mode != StatsModes.Rules)).ToList();
        var label = Math.Clamp(rows.Count == 0 ? 0 : rows.Max(r => r.Label.Length) + 1, LeastLabel, MostLabel);
        if (width > 0) label = Math.Min(label, Math.Max(width - 12, LeastNarrowLabel));
        WriteRow(title, label, Invariant($"{"packets",12}"), Invariant($" {"bytes",14}"), Invariant($" {"packet/s",9}"),
            Invariant($" {"bit/s",9}"));
        foreach (var section in sections)
        {
            WriteTitle(section);
            var measured = section.Rows.Select(row => (Row: row, Rate: rates.Of(section.Mode, row))).ToList();
            var sum = measured.Sum(m => m.Rate.PacketsPerSecond);
            foreach (var (row, rate) in measured)
            {
                string[] columns =
                [
                    Invariant($"{row.Count.Packets,12}"), section.HasBytes ? Invariant($" {row.Count.Bytes,14}") : $" {"",14}",
                    Invariant($" {Plot.Scaled(rate.PacketsPerSecond),9}"),
                    section.HasBytes ? Invariant($" {Plot.Scaled(rate.BitsPerSecond),9}") : $" {"",9}",
                    .. draws ? Drawing(label, sum > 0 ? rate.PacketsPerSecond / sum : 0, rates.Past(section.Mode, row.Key)) : [],
                ];
                if (section.Mode == StatsModes.Rules)
                {
                    WriteRow("", label, columns);
                    WriteLine("  " + row.Label);
                }
                else
                {
                    WriteRow(row.Label + ":", label, columns);
                }
            }
        }
    }

    /// <summary>The share as a bar, and of the last intervals as many as there is room for.</summary>
    private string[] Drawing(int label, double share, IReadOnlyList<double> past)
    {
        var room = width > 0 ? width - label - NumbersWidth - BarWidth - 1 : int.MaxValue;
        var line = Plot.Sparkline(past);
        return [(room > 0 ? "  " : " ") + Plot.Bar(share, BarWidth),
            " " + (room < 2 ? "" : line.Length > room - 2 ? line[^(room - 2)..] : line)];
    }

    /// <summary>Writes the columns that fit, each whole: a number that is cut is another number.</summary>
    private void WriteRow(string head, int label, params ReadOnlySpan<string> columns)
    {
        if (head.Length > label)
        {
            WriteLine(head);
            head = "";
        }
        var line = head.PadRight(label);
        foreach (var column in columns)
        {
            var text = width > 0 && line.Length == label && label + column.Length > width ? " " + column.TrimStart() : column;
            if (width > 0 && line.Length + text.TrimEnd().Length > width) break;
            line += text;
        }
        WriteLine(line.TrimEnd());
    }

    private void WriteTitle(StatsSection section)
    {
        if (section.Mode is StatsModes.Actions or StatsModes.Protocols) return;
        var name = section.Mode switch
        {
            StatsModes.Rules => "rules",
            StatsModes.Sources => "top sources",
            StatsModes.Ports => "top destination ports",
            StatsModes.Lost => "not sent by the kernel",
            _ => "frame lengths in bytes",
        };
        WriteLine(section.Note is { } note ? $"{name} ({note})" : name);
    }

    private void WriteLine(string line)
    {
        var end = width > 0 && line.Length > width ? width : line.Length;
        if (end < line.Length && char.IsHighSurrogate(line[end - 1])) end--;
        output.WriteLine(line.AsSpan(0, end));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
