using System.Globalization;
using System.Text.Json;
using Skep.Filter.Expect;
using Skep.Filter.Model;

namespace Skep.Filter.Runtime.Simulate;

/// <summary>Writes which expectations a table does not meet.</summary>
/// <param name="table">The table.</param>
/// <param name="file">The name of the file of expectations, safe for a terminal.</param>
public sealed class ExpectationWriter(Table table, string file)
{
    private const int MostLines = 20;

    private readonly TestWriter _writer = new(table);

    /// <summary>Writes one that does not hold; nothing of one that does.</summary>
    public void WriteText(TextWriter output, ExpectationResult result)
    {
        if (result.Holds) return;
        string place = string.Create(CultureInfo.InvariantCulture, $"{file}:{result.Expectation.Line}");
        output.WriteLine($"{place}: {string.Join("; ", result.Differences)}");
        output.WriteLine($"  expected: {OneLine(result.Expectation.Text)}");
        output.WriteLine($"  result:   {_writer.Comment(result.Actual)}");
    }

    /// <summary>Writes the rules that were not tried, and how many expectations hold.</summary>
    public static void WriteSummary(TextWriter output, ExpectationSummary summary)
    {
        IReadOnlyList<Rule> rules = summary.NotMatched;
        if (rules.Count > 0)
        {
            string lines = string.Join(", ", rules.Take(MostLines).Select(rule => rule.Line));
            string rest = rules.Count > MostLines ? $" and {rules.Count - MostLines} more" : "";
            output.WriteLine($"rules that no packet matched: line{(rules.Count == 1 ? "" : "s")} {lines}{rest}");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{summary.Passed} passed, {summary.Failed} failed"));
    }

    public void WriteJson(Utf8JsonWriter json, ExpectationResult result)
    {
        json.WriteStartObject();
        json.WriteString("result", result.Holds ? "passed" : "failed");
        json.WriteStartObject("expectation");
        json.WriteString("file", file);
        json.WriteNumber("line", result.Expectation.Line);
        json.WriteString("text", OneLine(result.Expectation.Text));
        json.WriteEndObject();
        json.WriteStartArray("differences");
        foreach (string difference in result.Differences) json.WriteStringValue(difference);
        json.WriteEndArray();
        _writer.WriteDecision(json, result.Actual);
        if (!result.Packet.AsSpan().SequenceEqual(result.Actual.Packet))
            json.WriteString("rewritten", Convert.ToHexStringLower(result.Actual.Packet));
        json.WriteEndObject();
    }

    /// <summary>Writes the same as <see cref="WriteSummary"/>, of all rules.</summary>
    public static void WriteSummaryJson(Utf8JsonWriter json, ExpectationSummary summary)
    {
        json.WriteStartObject();
        json.WriteStartObject("summary");
        json.WriteNumber("passed", summary.Passed);
        json.WriteNumber("failed", summary.Failed);
        json.WriteStartArray("not_matched");
        foreach (Rule rule in summary.NotMatched)
        {
            json.WriteStartObject();
            json.WriteString("rule", rule.Id);
            json.WriteNumber("line", rule.Line);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // An expectation may be several lines.
    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
