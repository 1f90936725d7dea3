using System.Globalization;
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
    /// <summary>The sections of a table.</summary>
    /// <param name="table">The table, with its sketches when modes need them.</param>
    /// <param name="modes">Which.</param>
    /// <param name="top">The most sources and ports to show.</param>
    /// <returns>The sections, in the order of the modes.</returns>
    /// <exception cref="InvalidDataException">A mode needs what the table was applied without.</exception>
    public static IReadOnlyList<StatsSection> Of(AppliedTable table, StatsModes modes, int top)
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
        return sections;

        void Add(StatsModes mode, StatsSection? section)
        {
            if (section is not null && (all || modes.HasFlag(mode))) sections.Add(section);
            else if (section is null && modes.HasFlag(mode)) throw Missing(table, mode);
        }
    }

    private static InvalidDataException Missing(AppliedTable table, StatsModes mode)
    {
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
