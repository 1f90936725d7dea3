using System.Text.Json;
using Skep.Filter.Compare;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary>A table of a rule file beside the one that is applied.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Directory">The directory that is compared; null where it is one file.</param>
/// <param name="File">The file of the directory that has it; null where none has it any more.</param>
/// <param name="Difference">How it differs; null where it is not applied, or no file has it.</param>
internal sealed record ComparedTable(string Name, string? Directory, string? File, TableDifference? Difference)
{
    private const string Indent = "    ";

    /// <summary>Whether an apply would change nothing of it.</summary>
    public bool IsSame => Difference is { IsEmpty: true };

    /// <summary>Writes it as text: nothing of one that is the same.</summary>
    public void WriteText(TextWriter text)
    {
        if (IsSame) return;
        if (Difference is null)
        {
            text.WriteLine(File is null
                ? $"-table {Name}: no file of {SafeText.EscapeLines(Directory!)} has it any more"
                : $"+table {Name}: it is not applied ({SafeText.EscapeLines(File)})");
            return;
        }

        text.WriteLine($" table {Name} {{");
        Write(text, Indent, Difference.Settings);
        foreach (SetDifference set in Difference.Sets)
        {
            bool isWhole = set.Declaration.Removed.Concat(set.Declaration.Added)
                .Any(line => line.StartsWith("set ", StringComparison.Ordinal));
            if (!isWhole) text.WriteLine($" {Indent}set {set.Name} {{");
            Write(text, isWhole ? Indent : Indent + Indent, set.Declaration);
            Write(text, Indent + Indent, set.Elements);
            if (!isWhole) text.WriteLine($" {Indent}}}");
        }

        Write(text, Indent, Difference.Rules);
        text.WriteLine(" }");
    }

    /// <summary>Writes it as an object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("table", Name);
        if (Directory is not null)
        {
            if (File is not null) json.WriteString("file", File);
            json.WriteString("change", IsSame ? "none" : Difference is not null ? "replace" : File is not null ? "attach" : "remove");
        }

        json.WriteBoolean("same", IsSame);
        if (Difference is not null) WriteDifference(json, Difference);
        json.WriteEndObject();
    }

    private static void Write(TextWriter text, string indent, ListDifference lines)
    {
        foreach (string line in lines.Removed) text.WriteLine($"-{indent}{SafeText.EscapeLines(line)}");
        foreach (string line in lines.Added) text.WriteLine($"+{indent}{SafeText.EscapeLines(line)}");
    }

    private static void WriteDifference(Utf8JsonWriter json, TableDifference difference)
    {
        Write(json, "settings", difference.Settings);
        json.WriteObjects("sets", difference.Sets, set =>
        {
            json.WriteString("name", set.Name);
            Write(json, "declaration", set.Declaration);
            Write(json, "elements", set.Elements);
        });
        Write(json, "rules", difference.Rules);
    }

    private static void Write(Utf8JsonWriter json, string key, ListDifference lines)
    {
        json.WriteStartObject(key);
        WriteLines(json, "removed", lines.Removed);
        WriteLines(json, "added", lines.Added);
        json.WriteEndObject();
    }

    private static void WriteLines(Utf8JsonWriter json, string key, IReadOnlyList<string> lines)
    {
        json.WriteStartArray(key);
        foreach (string line in lines) json.WriteStringValue(line);
        json.WriteEndArray();
    }
}
