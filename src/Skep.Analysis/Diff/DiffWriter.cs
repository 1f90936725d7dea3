using System.Globalization;
using System.Text.Json;
using Skep.Output;

namespace Skep.Analysis.Diff;

/// <summary>Writes comparisons as unified text and as JSON.</summary>
public static class DiffWriter
{
    private const int Context = 3, NumberWidth = 5;
    private const string Red = "\u001b[31m", Green = "\u001b[32m", Cyan = "\u001b[36m", Reset = "\u001b[0m";

    /// <summary>Text: what changed in words, then the instructions that differ with three around them.</summary>
    public static void WriteText(TextWriter output, ProgramDiff diff, string first, string second, bool colour)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(diff);
        if (diff.IsIdentical)
        {
            output.WriteLine($"identical: {diff.Lines.Count.ToString(CultureInfo.InvariantCulture)} instructions");
            return;
        }

        foreach (ProgramChange change in diff.Changes) output.WriteLine(SafeText.Escape(change.Text));
        if (diff.Lines.All(line => line.Side == DiffSide.Both)) return;
        output.WriteLine();
        Paint($"--- {SafeText.Escape(first)}", Red);
        Paint($"+++ {SafeText.Escape(second)}", Green);
        foreach ((int start, int end) in Hunks(diff.Lines))
        {
            (int a, int countA, int b, int countB) = Extent(diff.Lines, start, end);
            Paint(string.Create(CultureInfo.InvariantCulture, $"@@ -{a},{countA} +{b},{countB} @@"), Cyan);
            for (int i = start; i < end; i++)
            {
                DiffLine line = diff.Lines[i];
                string numbers =
                    Number(line.Side == DiffSide.Second ? null : line.First.Slot)
                        + Number(line.Side == DiffSide.First ? null : line.Second.Slot);
                string text = $"{Sign(line.Side)}{numbers}  {SafeText.Escape(line.Text)}";
                Paint(text, line.Side == DiffSide.First ? Red : line.Side == DiffSide.Second ? Green : null);
            }
        }

        void Paint(string text, string? with) => output.WriteLine(colour && with is not null ? with + text + Reset : text);
    }

    /// <summary>JSON.</summary>
    public static void WriteJson(Utf8JsonWriter json, ProgramDiff diff)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(diff);
        json.WriteStartObject();
        json.WriteBoolean("identical", diff.IsIdentical);
        json.WriteObjects("changes", diff.Changes, change =>
        {
            json.WriteString("what", change.What);
            json.WriteString("text", change.Text);
        });
        json.WriteStartArray("hunks");
        foreach ((int start, int end) in Hunks(diff.Lines))
        {
            json.WriteStartArray();
            for (int i = start; i < end; i++) WriteJson(json, diff.Lines[i]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteJson(Utf8JsonWriter json, DiffLine line)
    {
        json.WriteStartObject();
        json.WriteString("op", Sign(line.Side).ToString());
        if (line.Side != DiffSide.Second) json.WriteNumber("a", line.First.Slot);
        if (line.Side != DiffSide.First) json.WriteNumber("b", line.Second.Slot);
        json.WriteString("text", line.Text);
        json.WriteEndObject();
    }

    private static List<(int Start, int End)> Hunks(IReadOnlyList<DiffLine> lines)
    {
        var hunks = new List<(int Start, int End)>();
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines[i].Side == DiffSide.Both) continue;
            int start = Math.Max(0, i - Context), end = Math.Min(lines.Count, i + Context + 1);
            if (hunks.Count > 0 && start <= hunks[^1].End) hunks[^1] = (hunks[^1].Start, end);
            else hunks.Add((start, end));
        }

        return hunks;
    }

    private static (int A, int CountA, int B, int CountB) Extent(IReadOnlyList<DiffLine> lines, int start, int end)
    {
        int a = -1, b = -1, countA = 0, countB = 0;
        for (int i = start; i < end; i++)
        {
            if (lines[i].Side != DiffSide.Second && countA++ == 0) a = lines[i].First.Slot;
            if (lines[i].Side != DiffSide.First && countB++ == 0) b = lines[i].Second.Slot;
        }

        return (Math.Max(a, 0), countA, Math.Max(b, 0), countB);
    }

    private static string Number(int? slot) => (slot?.ToString(CultureInfo.InvariantCulture) ?? "").PadLeft(NumberWidth);

    private static char Sign(DiffSide side) => side switch { DiffSide.First => '-', DiffSide.Second => '+', _ => ' ' };
}
