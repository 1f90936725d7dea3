using System.Globalization;
using System.Text.Json;
using Skep.Filter.Expect;
using Skep.Filter.Model;

namespace Skep.Filter.Runtime.Simulate;

/// <summary>Writes which expectations a table does not meet.</summary>
/// <param name="table">The table.</param>
/// <param name="file">The name of the file of expectations.</param>
public sealed class ExpectationWriter(Table table, string file)
{
    private readonly TestWriter _writer = new(table);

    /// <summary>Writes one that does not hold; nothing of one that does.</summary>
    public void WriteText(TextWriter output, ExpectationResult result)
    {
        if (result.Holds) return;
        string place = string.Create(CultureInfo.InvariantCulture, $"{file}:{result.Expectation.Line}");
        output.WriteLine($"{place}: {string.Join("; ", result.Differences)}");
        output.WriteLine($"    {OneLine(result.Expectation.Text)}");
        output.WriteLine($"    {_writer.Comment(result.Actual)}");
    }

    /// <summary>Writes how many hold.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="all">How many there are.</param>
    /// <param name="failed">How many do not hold.</param>
    public static void WriteSummary(TextWriter output, int all, int failed)
    {
        if (failed == 0) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Count(all)} hold{(all == 1 ? "s" : "")}"));
        else output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{failed} of {Count(all)} fail{(failed == 1 ? "s" : "")}"));
    }

    public void WriteJson(Utf8JsonWriter json, ExpectationResult result)
    {
        json.WriteStartObject();
        json.WriteStartObject("expectation");
        json.WriteNumber("line", result.Expectation.Line);
        json.WriteString("text", OneLine(result.Expectation.Text));
        json.WriteEndObject();
        json.WriteBoolean("holds", result.Holds);
        json.WriteStartArray("differences");
        foreach (string difference in result.Differences) json.WriteStringValue(difference);
        json.WriteEndArray();
        _writer.WriteDecision(json, result.Actual);
        if (!result.Packet.AsSpan().SequenceEqual(result.Actual.Packet))
            json.WriteString("rewritten", Convert.ToHexStringLower(result.Actual.Packet));
        json.WriteEndObject();
    }

    private static string Count(int all) =>
        string.Create(CultureInfo.InvariantCulture, $"{all} expectation{(all == 1 ? "" : "s")}");

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
