using System.Globalization;
using System.Text.Json;
using Skep.Output;

namespace Skep.Filter.Runtime.Sets;

/// <summary>Writes the elements of sets, and what a feed changed in them.</summary>
public static class SetWriter
{
    /// <summary>Writes the elements as lines of a feed.</summary>
    public static void WriteText(TextWriter output, IEnumerable<LiveElement> elements)
    {
        foreach (LiveElement element in elements) output.WriteLine(element.Line);
    }

    /// <summary>Writes the declaration of a set with the number of its elements.</summary>
    public static void WriteTerseText(TextWriter output, LiveSet set)
    {
        List<string> lines = [.. set.Declaration()];
        foreach (string line in lines[..^1]) output.WriteLine(line);
        long count = set.Count();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    # {count} {(count == 1 ? "element" : "elements")}"));
        output.WriteLine(lines[^1]);
    }

    public static void WriteTerseJson(Utf8JsonWriter json, string table, LiveSet set)
    {
        WriteStart(json, table, set);
        json.WriteNumber("count", set.Count());
        json.WriteEndObject();
    }

    public static void WriteJson(Utf8JsonWriter json, string table, LiveSet set, IEnumerable<LiveElement> elements)
    {
        WriteStart(json, table, set);
        json.WriteStartArray("elements");
        foreach (LiveElement element in elements)
        {
            json.WriteStartObject();
            json.WriteString("value", element.Text);
            WriteState(json, element);
            json.WriteEndObject();
            StreamOutput.FlushWhenFull(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes what an element has counted, and how long it lasts.</summary>
    public static void WriteState(Utf8JsonWriter json, LiveElement element)
    {
        if (element.Count is { } count)
        {
            json.WriteStartObject("counter");
            json.WriteNumber("packets", count.Packets);
            json.WriteNumber("bytes", count.Bytes);
            json.WriteEndObject();
        }

        if (element.Expires is { } rest) json.WriteNumber("expires", Math.Round(rest.TotalSeconds, 3));
    }

    private static void WriteStart(Utf8JsonWriter json, string table, LiveSet set)
    {
        json.WriteStartObject();
        json.WriteString("table", table);
        json.WriteString("name", set.Name);
        json.WriteString("type", string.Join(" . ", set.Type));
    }

    public static void WriteText(TextWriter output, IReadOnlyList<SetDelta> deltas)
    {
        foreach (SetDelta delta in deltas)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{delta.Set} +{delta.Added} -{delta.Removed} ={delta.Kept}"));
    }

    /// <param name="isLoaded">False when the feed was refused: the deltas are what it would have changed.</param>
    public static void WriteJson(Utf8JsonWriter json, string table, IReadOnlyList<SetDelta> deltas, bool isLoaded)
    {
        json.WriteStartObject();
        json.WriteString("table", table);
        json.WriteBoolean("loaded", isLoaded);
        json.WriteObjects("sets", deltas, delta =>
        {
            json.WriteString("name", delta.Set);
            json.WriteNumber("added", delta.Added);
            json.WriteNumber("removed", delta.Removed);
            json.WriteNumber("kept", delta.Kept);
        });
        json.WriteEndObject();
    }
}
