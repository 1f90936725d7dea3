using System.Globalization;
using System.Text.Json;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Simulate;

namespace Skep.Filter.Runtime.Simulate;

/// <summary>Writes what a table did to the packets of a test.</summary>
public sealed class TestWriter(Table table)
{
    public void WriteText(TextWriter output, TestedPacket packet, Simulation result)
    {
        string cut = packet.IsCut ? string.Create(CultureInfo.InvariantCulture, $", of which {packet.Bytes.Length} captured") : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{packet.Number} {packet.Headers(packet.Bytes)}{cut}"));
        output.WriteLine($"  {result.Verdict}  {Reason(result)}");
        if (packet.IsRewritten(result)) output.WriteLine($"  rewritten: {packet.Headers(result.Packet)}");
    }

    public void WriteJson(Utf8JsonWriter json, TestedPacket packet, Simulation result)
    {
        json.WriteStartObject();
        packet.WriteTo(json);
        WriteDecision(json, result);
        if (packet.IsRewritten(result)) json.WriteString("rewritten", Convert.ToHexStringLower(result.Packet));
        json.WriteEndObject();
    }

    /// <summary>Writes the verdict and what decided it as keys of an object.</summary>
    internal void WriteDecision(Utf8JsonWriter json, Simulation result)
    {
        json.WriteString("verdict", result.Verdict);
        json.WriteString("reason", result.Reason);
        if (result.Rule >= 0)
        {
            json.WriteString("rule", table.Rules[result.Rule].Id);
            json.WriteNumber("line", table.Rules[result.Rule].Line);
        }

        json.WriteStartArray("hits");
        foreach (int hit in result.Hits) json.WriteStringValue(table.Rules[hit].Id);
        json.WriteEndArray();
    }

    /// <summary>The verdict and what decided it, as the comment of a packet in a capture.</summary>
    public string Comment(Simulation result) => $"{result.Verdict} {Reason(result)}";

    private string Reason(Simulation result) => result.Rule >= 0
        ? $"line {table.Rules[result.Rule].Line}: {RuleFormatter.Format(table.Rules[result.Rule])}"
        : result.Reason;
}
