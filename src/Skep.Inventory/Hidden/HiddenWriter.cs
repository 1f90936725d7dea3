using System.Text.Json;
using Skep.Output;

namespace Skep.Inventory.Hidden;

/// <summary>Writes what a comparison of the sources of objects has come to.</summary>
public static class HiddenWriter
{
    /// <summary>An object: what is hidden, by what was looked at.</summary>
    public static void WriteJson(Utf8JsonWriter json, HiddenReport report)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(report);
        json.WriteStartObject();
        json.WriteObjects("hidden", report.Hidden, hidden =>
        {
            WriteKey(json, hidden.Key);
            WriteNames(json, "shown_by", hidden.ShownBy);
            WriteNames(json, "hidden_by", hidden.HiddenBy);
        });
        json.WriteObjects("unsettled", report.Unsettled, key =>
        {
            WriteKey(json, key);
        });
        json.WriteNumber("looks", report.Looks);
        json.WriteStartArray("sources");
        foreach ((string kind, string source, bool complete, int count) in report.Last.Sources)
        {
            json.WriteStartObject();
            json.WriteString("kind", kind);
            json.WriteString("source", source);
            json.WriteBoolean("complete", complete);
            json.WriteNumber("count", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteNames(json, "errors", report.Last.Unread);
        json.WriteEndObject();
    }

    /// <summary>Lines.</summary>
    public static void WriteText(TextWriter output, HiddenReport report)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(report);
        foreach (var kind in report.Last.Sources.GroupBy(source => source.Kind))
            output.Write(
                $"{kind.Key + "s",-10}"
                + $"{string.Join(", ", kind.Select(source => $"{source.Source} {source.Count}{(source.Complete ? "" : "+")}"))}\n");
        output.Write("(+: shows some, and need not show all)\n");
        foreach (string reason in report.Last.Unread) output.Write($"not read: {SafeText.Escape(reason)}\n");
        output.Write('\n');
        foreach (HiddenObject hidden in report.Hidden)
            output.Write(
                $"! {hidden.Key.Kind} {hidden.Key.Name} is shown by {string.Join(", ", hidden.ShownBy)} and hidden by "
                + $"{string.Join(", ", hidden.HiddenBy)}\n");
        foreach (HiddenKey key in report.Unsettled)
            output.Write($"~ {key.Kind} {key.Name} could not be settled: programs of this tag come and go all the time\n");
        if (report.Hidden.Count == 0) output.Write("nothing is hidden\n");
    }

    private static void WriteKey(Utf8JsonWriter json, HiddenKey key)
    {
        json.WriteString("kind", key.Kind);
        json.WriteString(key.Kind == "symbol" ? "tag" : "id", key.Name);
    }

    private static void WriteNames(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
