using System.Diagnostics;
using System.Globalization;
using Skep.Filter.Runtime.Tables;
using Skep.Inventory.Top;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Cli.Ui;

/// <summary>A rule of a packet filter, with what it counts.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Number">Its place in it, from 1.</param>
/// <param name="Rule">The rule.</param>
/// <param name="PacketsPerSecond">Packets a second since the sample before.</param>
internal sealed record RuleRow(AppliedTable Table, int Number, CountedRule Rule, double PacketsPerSecond);

/// <summary>The rules of the packet filters, as in <c>skep filter show</c>.</summary>
internal sealed class FilterPane() : ListPane<RuleRow>("filter", new(Columns, 0, row => $"{row.Table.Name} {row.Rule.Id}", Matches))
{
    private static readonly ListColumn<RuleRow>[] Columns =
    [
        new("TABLE", -12, row => row.Table.Name, (a, b) => string.CompareOrdinal(a.Table.Name, b.Table.Name)),
        new("RULE", 6, row => row.Number.ToString(CultureInfo.InvariantCulture), (a, b) => a.Number.CompareTo(b.Number)),
        new("PACKETS/S", 11, row => row.PacketsPerSecond.ToString(row.PacketsPerSecond is > 0 and < 10 ? "0.0" : "0",
            CultureInfo.InvariantCulture), (a, b) => b.PacketsPerSecond.CompareTo(a.PacketsPerSecond)),
        new("PACKETS", 12, row => row.Rule.Count.Packets.ToString(CultureInfo.InvariantCulture),
            (a, b) => b.Rule.Count.Packets.CompareTo(a.Rule.Count.Packets)),
        new("BYTES", 7, row => TopColumn.Bytes((long)row.Rule.Count.Bytes), (a, b) => b.Rule.Count.Bytes.CompareTo(a.Rule.Count.Bytes)),
        new("DEVICES", -12, Devices, (a, b) => string.CompareOrdinal(Devices(a), Devices(b))),
        new("TEXT", -40, row => SafeText.Escape(row.Rule.Text), (a, b) => string.CompareOrdinal(a.Rule.Text, b.Rule.Text)),
    ];

    private readonly Dictionary<(string Table, string Rule), ulong> _before = [];
    private long _read;
    private int _tables;
    private string _broken = "";

    /// <inheritdoc/>
    protected override IReadOnlyList<RuleRow> Read()
    {
        string broken = "";
        IReadOnlyList<AppliedTable> tables = AppliedTable.ReadAll((name, reason) => broken = $"; table {name} is not known: {reason}");
        long now = Stopwatch.GetTimestamp();
        double seconds = _read == 0 ? 0 : Stopwatch.GetElapsedTime(_read, now).TotalSeconds;
        _read = now;
        (_tables, _broken) = (tables.Count, SafeText.Escape(broken));
        List<RuleRow> rows = [];
        foreach (AppliedTable table in tables)
        {
            for (int i = 0; i < table.Rules.Count; i++)
            {
                CountedRule rule = table.Rules[i];
                ulong packets = rule.Count.Packets;
                bool isKnown = _before.TryGetValue((table.Name, rule.Id), out ulong before) && before <= packets && seconds > 0;
                rows.Add(new(table, i + 1, rule, isKnown ? (packets - before) / seconds : 0));
            }
        }

        _before.Clear();
        foreach (RuleRow row in rows) _before[(row.Table.Name, row.Rule.Id)] = row.Rule.Count.Packets;
        return rows;
    }

    /// <inheritdoc/>
    protected override string Summarize()
    {
        if (_tables == 0) return $"no table is applied (skep filter apply){_broken}";
        string rate = List.All.Sum(row => row.PacketsPerSecond).ToString("0", CultureInfo.InvariantCulture);
        return $"{Count(_tables, "table")}, {Count(List.All.Count, "rule")}, {rate} packets/s hit one{_broken}";
    }

    /// <inheritdoc/>
    protected override string? LookOf(RuleRow row) => row.Rule.Count.Packets == 0 ? Ansi.Dim : null;

    /// <inheritdoc/>
    protected override IReadOnlyList<PaneView> ViewsOf(RuleRow row) =>
    [
        new PaneView.OfCommand('i', "show", "filter", "show", row.Table.Name),
        new PaneView.OfCommand('t', "stats", "filter", "stats", row.Table.Name),
    ];

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";

    private static string Devices(RuleRow row) => string.Join(',', row.Table.Devices.Select(device => SafeText.Escape(device.Device)));

    private static bool Matches(RuleRow row, string filter) =>
        Columns.Any(column => column.Width < 0 && column.Cell(row).Contains(filter, StringComparison.OrdinalIgnoreCase));
}
