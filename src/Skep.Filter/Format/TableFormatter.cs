using System.Globalization;
using System.Text;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Packets.Values;

namespace Skep.Filter.Format;

/// <summary>Writes tables as rule files in their canonical form.</summary>
public static class TableFormatter
{
    private const string Indent = "    ";
    private const int MaxLine = 100;

    /// <summary>Writes a table.</summary>
    /// <param name="table">The table.</param>
    /// <returns>A rule file that reads back as an equal table. What was read from feeds is not in it.</returns>
    public static string Format(Table table) => Format(table, [], new Dictionary<string, int>());

    /// <summary>Writes a table with the comments of the file that it was read from, each where it stood.</summary>
    /// <param name="table">The table.</param>
    /// <param name="comments">The comments, by line.</param>
    /// <param name="lines">The lines of the table's head and of its settings, by keyword.</param>
    internal static string Format(Table table, IReadOnlyList<SourceComment> comments, IReadOnlyDictionary<string, int> lines)
    {
        var output = new CommentedOutput(comments);
        output.Line(lines.GetValueOrDefault("table"), $"table {table.Name} {{", isFirst: true);
        WriteSettings(table, output, lines);
        foreach (var set in table.Sets)
        {
            output.Gap();
            foreach (var line in SetLines(set)) output.Line(set.Line, Indent + line);
        }
        if (table.Rules.Count > 0) output.Gap();
        foreach (var rule in table.Rules) output.Line(rule.Line, Indent + RuleFormatter.Format(rule));
        output.Rest(Indent);
        output.Line(int.MaxValue, "}");
        return output.ToString();
    }

    /// <summary>Writes the settings and the sets of a table, without elements and rules.</summary>
    internal static string FormatHead(Table table) => Format(table with
    {
        Rules = [],
        Sets = [.. table.Sets.Select(s => s with { FeedPath = null, Elements = ElementList.Empty(s.Types.Count) })],
    });

    private static void WriteSettings(Table table, CommentedOutput output, IReadOnlyDictionary<string, int> lines)
    {
        if (table.Devices.Count > 0)
            output.Line(lines.GetValueOrDefault("devices"),
                $"{Indent}devices = {{ {string.Join(", ", table.Devices.Select(d => RuleFormatter.FormatDevice(d, isTarget: false)))} }}");
        if (table.Mode != AttachMode.Auto)
            output.Line(lines.GetValueOrDefault("mode"),
                $"{Indent}mode {(table.Mode == AttachMode.Native ? AttachModeText.Native : AttachModeText.Generic)}");
        output.Line(lines.GetValueOrDefault("policy"), $"{Indent}policy {RuleFormatter.Format(new Verdict(table.Policy))}");
        if (table.Malformed is { } malformed)
            output.Line(lines.GetValueOrDefault("malformed"), $"{Indent}malformed {RuleFormatter.Format(new Verdict(malformed))}");
        if (table.Track != Sketches.None)
            output.Line(lines.GetValueOrDefault("track"), $"{Indent}track {string.Join(", ", TrackText.Format(table.Track))}");
    }

    /// <summary>The lines of a set.</summary>
    internal static IEnumerable<string> SetLines(Set set)
    {
        yield return $"set {set.Name} {{";
        yield return $"{Indent}type {string.Join(" . ", set.Types.Select(DataTypeInfo.NameOf))}";
        if (set.IsInterval || set.HasTimeouts)
            yield return Indent + "flags "
                + (set.IsInterval && set.HasTimeouts ? "interval, timeout" : set.IsInterval ? "interval" : "timeout");
        if (set.HasCounters) yield return Indent + "counter";
        if (set.DefaultTimeout is { } timeout) yield return $"{Indent}timeout {DurationText.Format(timeout)}";
        if (set.MaxElements is { } size) yield return string.Create(CultureInfo.InvariantCulture, $"{Indent}size {size}");
        if (set.Comment is { } comment) yield return $"{Indent}comment {RuleFormatter.Quote(comment)}";
        if (set.FeedPath is { } path) yield return $"{Indent}file {RuleFormatter.Quote(path)}";
        if (set.Elements.Count > 0)
            foreach (var line in ElementLines(set)) yield return line;
        yield return "}";
    }

    private static IEnumerable<string> ElementLines(Set set)
    {
        var words = RuleFormatter.FormatElements(set);
        var line = new StringBuilder(Indent + "elements = { ");
        var isFirst = true;
        foreach (var word in words)
        {
            if (!isFirst) line.Append(',');
            if (!isFirst && line.Length + word.Length + 2 > MaxLine)
            {
                yield return line.ToString();
                line.Clear().Append(Indent + Indent);
            }
            else if (!isFirst)
            {
                line.Append(' ');
            }
            line.Append(word);
            isFirst = false;
        }
        yield return line.Append(" }").ToString();
    }
}
