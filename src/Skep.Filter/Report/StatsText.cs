using System.Globalization;

namespace Skep.Filter.Report;

/// <summary>Writes statistics as text.</summary>
/// <param name="output">Takes the lines.</param>
/// <param name="width">Characters a line may have; 0 for any number.</param>
/// <param name="draws">Whether to draw bars and sparklines.</param>
public sealed class StatsText(TextWriter output, int width, bool draws)
{
    private const int LabelWidth = 15, LeastLabel = 20, MostLabel = 43, BarWidth = 12;

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
                else if (section.Mode is StatsModes.Actions or StatsModes.Protocols) WriteLine(Invariant($"{row.Label + ":",-LabelWidth}{row.Count.Packets,12}"));
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
        WriteLine(Invariant($"{title.PadRight(label)}{"packets",12} {"bytes",14} {"packet/s",9} {"bit/s",9}"));
        foreach (var section in sections)
        {
            WriteTitle(section);
            var measured = section.Rows.Select(row => (Row: row, Rate: rates.Of(section.Mode, row))).ToList();
            var sum = measured.Sum(m => m.Rate.PacketsPerSecond);
            foreach (var (row, rate) in measured)
            {
                var numbers = Invariant($"{row.Count.Packets,12} {row.Count.Bytes,14} {Plot.Scaled(rate.PacketsPerSecond),9} {Plot.Scaled(rate.BitsPerSecond),9}");
                var drawing = draws ? $"  {Plot.Bar(sum > 0 ? rate.PacketsPerSecond / sum : 0, BarWidth)} {Plot.Sparkline(rates.Past(section.Mode, row.Key))}" : "";
                if (section.Mode == StatsModes.Rules)
                {
                    WriteLine(new string(' ', label) + numbers + drawing.TrimEnd());
                    WriteLine("  " + row.Label);
                }
                else
                {
                    WriteLine((row.Label + ":").PadRight(label) + numbers + drawing.TrimEnd());
                }
            }
        }
    }

    private void WriteTitle(StatsSection section)
    {
        if (section.Mode is StatsModes.Actions or StatsModes.Protocols) return;
        var name = section.Mode switch
        {
            StatsModes.Rules => "rules",
            StatsModes.Sources => "top sources",
            StatsModes.Ports => "top destination ports",
            _ => "frame lengths in bytes",
        };
        WriteLine(section.Note is { } note ? $"{name} ({note})" : name);
    }

    private void WriteLine(string line) => output.WriteLine(width > 0 && line.Length > width ? line[..width] : line);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
