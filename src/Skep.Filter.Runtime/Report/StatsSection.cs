using System.Globalization;
using Skep.Filter.Runtime.Lost;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Tables;

namespace Skep.Filter.Runtime.Report;

/// <summary>A line of statistics.</summary>
/// <param name="Key">What it counts, the same each time.</param>
/// <param name="Label">What is printed for it.</param>
/// <param name="Count">What was counted.</param>
public readonly record struct StatsRow(string Key, string Label, Counter Count);

/// <summary>Lines of statistics that belong together.</summary>
/// <param name="Mode">What they are about.</param>
/// <param name="Rows">The lines.</param>
/// <param name="Note">What must be known to read them rightly, or null.</param>
public sealed record StatsSection(StatsModes Mode, IReadOnlyList<StatsRow> Rows, string? Note = null)
{
    /// <summary>Of <see cref="StatsModes.Lost"/>, what the rows are of: as many.</summary>
    public IReadOnlyList<LostCount> Lost { get; init; } = [];

    /// <summary>Whether bytes were counted as well.</summary>
    public bool HasBytes => Mode != StatsModes.Lost;

    /// <summary>The packets that the kernel could not send.</summary>
    /// <param name="lost">What was counted.</param>
    /// <param name="unplaced">Those of any table that were counted together; 0 for none.</param>
    public static StatsSection OfLost(IReadOnlyList<LostCount> lost, ulong unplaced) => new(
        StatsModes.Lost,
        [.. lost.Select(one => new StatsRow(one.Text + one.Tracepoint, one.Text, new(one.Packets, 0)))],
        unplaced == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{unplaced} more of any table: too many places"))
    { Lost = lost };

    /// <summary>The sections of a table.</summary>
    /// <param name="table">The table, with its sketches when modes need them.</param>
    /// <param name="modes">Which.</param>
    /// <param name="top">The most sources and ports to show.</param>
    /// <param name="lost">What the kernel could not send; null where that is not counted.</param>
    /// <returns>The sections, in the order of the modes.</returns>
    /// <exception cref="InvalidDataException">A mode needs what the table was applied without.</exception>
    public static IReadOnlyList<StatsSection> Of(AppliedTable table, StatsModes modes, int top, StatsSection? lost = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        var all = modes.HasFlag(StatsModes.All);
        var sections = new List<StatsSection>();
        if (all || modes.HasFlag(StatsModes.Actions)) sections.Add(new(StatsModes.Actions, Named(table.Actions)));
        if (all || modes.HasFlag(StatsModes.Protocols)) sections.Add(new(StatsModes.Protocols, Named(table.Protocols)));
        if (all || modes.HasFlag(StatsModes.Rules))
            sections.Add(new(StatsModes.Rules, [.. table.Rules.Select(r => new StatsRow(r.Id, r.Text, r.Count))]));
        var sketches = table.Sketches;
        Add(StatsModes.Sources, sketches?.Sources is { } sources ? Top(StatsModes.Sources, sources, top) : null);
        Add(StatsModes.Ports, sketches?.Ports is { } ports ? Top(StatsModes.Ports, ports, top) : null);
        Add(StatsModes.Sizes, sketches?.Sizes is { } sizes ? new(StatsModes.Sizes, [.. sizes.Select(Row)]) : null);
        Add(StatsModes.Lost, lost);
        return sections;

        void Add(StatsModes mode, StatsSection? section)
        {
            if (section is not null && (all || modes.HasFlag(mode))) sections.Add(section);
            else if (section is null && modes.HasFlag(mode)) throw Missing(table, mode);
        }
    }

    private static InvalidDataException Missing(AppliedTable table, StatsModes mode)
    {
        if (mode == StatsModes.Lost)
        {
            return new(
                $"statistics of table {table.Name}: lost packets are counted while the statistics are live (add --interval 1s)");
        }

#pragma warning disable CA1308 // The option's values are lower case.
        var name = mode.ToString().ToLowerInvariant();
#pragma warning restore CA1308
        return new(
            $"statistics of table {table.Name}: it does not track {name}, which costs time on every packet (write track {name} into its "
            + $"file, or apply it with --track {name})");
    }

    private static StatsRow[] Named(IEnumerable<KeyValuePair<string, Counter>> counts) =>
        [.. counts.Select(c => new StatsRow(c.Key, c.Key, c.Value))];

    private static StatsSection Top(StatsModes mode, Sketch sketch, int top) => new(
        mode,
        [.. sketch.Entries.Take(top).Select(e => new StatsRow(e.Name, e.Name, e.Count))],
        sketch.Missed.Packets == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"each may have had up to {sketch.Missed.Packets} packets more, of {sketch.Seen.Packets} seen: memory is bounded"));

    private static StatsRow Row(SizeClass size)
    {
        var label =
            size.To is { } to ? string.Create(CultureInfo.InvariantCulture, $"{size.From}-{to}")
                : string.Create(CultureInfo.InvariantCulture, $"{size.From}-");
        return new(label, label, size.Count);
    }
}
