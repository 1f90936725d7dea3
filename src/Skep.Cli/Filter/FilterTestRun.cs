using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Simulate;
using Skep.Filter.Simulate;
using Skep.Linux.Files;
using Skep.Packets.Captures;

namespace Skep.Cli.Filter;

/// <summary>Decides packets and prints what became of each.</summary>
internal static class FilterTestRun
{
    /// <summary>Runs a test.</summary>
    /// <param name="table">The table.</param>
    /// <param name="packets">The packets, read as they are decided.</param>
    /// <param name="kernel">Whether the compiled program decides.</param>
    /// <param name="json">Whether to print JSON.</param>
    /// <param name="write">Where to write what the rules leave, or null.</param>
    /// <param name="mistake">What ended the packets before their end, once they are read; null for nothing.</param>
    /// <returns>The exit code.</returns>
    public static int Run(Table table, IEnumerable<CapturedPacket> packets, bool kernel, bool json, string? write, Func<string?> mistake)
    {
        try
        {
            using ISimulator simulator = kernel ? new KernelSimulator(table) : new ReferenceSimulator(table);
            return Print(table, packets, simulator, json, write, mistake);
        }
        catch (FilterCompileException e)
        {
            return Talk.Error(e.Message, ExitCode.Failed);
        }
    }

    private static int Print(Table table, IEnumerable<CapturedPacket> packets, ISimulator simulator, bool json, string? write, Func<string?> mistake)
    {
        using OutputReplacement? file = write is null ? null : OutputFile.Begin(write);
        CaptureWriter? capture = file is null ? null : new CaptureWriter(file.Stream, CaptureFormat.PcapNg);
        var notes = new FilterTestNotes(table);
        int number = 0;
        Data.WriteText(output => number = Decide(output, table, packets, simulator, json, capture, notes));
        string? error = mistake();
        if (notes.Decided > 0 || error is null)
        {
            file?.Commit();
            notes.Say();
        }

        if (error is null) return notes.IsIncomplete ? ExitCode.Failed : ExitCode.Done;
        string decided = number switch { 0 => "", 1 => " (the packet before it is decided)", _ => $" (the {number} packets before it are decided)" };
        return Talk.Error(error + decided, ExitCode.Failed);
    }

    /// <returns>How many packets there were.</returns>
    private static int Decide(
        TextWriter output, Table table, IEnumerable<CapturedPacket> packets, ISimulator simulator, bool json, CaptureWriter? capture, FilterTestNotes notes)
    {
        bool isRead = true;
        int number = 0;
        foreach (CapturedPacket packet in packets)
        {
            number++;
            if (LinkLayer.Of(packet) is not { } layer)
            {
                notes.AddUnknown(packet.LinkType);
                continue;
            }

            var tested = new TestedPacket(number, packet, layer);
            Simulation result = tested.Decide(simulator);
            notes.Add(result.Verdict, layer, tested.IsCut);
            isRead = isRead && TryWrite(output, table, tested, result, json);
            if (result.Verdict is not "drop")
                capture?.Write(packet with { Bytes = layer.Wrap(packet, result.Packet), Comment = $"{result.Verdict} {Reason(table, result)}" });
        }

        return number;
    }

    // The packets are decided, and written to the file, also when nobody reads standard output any more.
    private static bool TryWrite(TextWriter output, Table table, TestedPacket packet, Simulation result, bool json)
    {
        try
        {
            if (json) output.WriteLine(ToJson(table, packet, result));
            else WriteText(output, table, packet, result);
            return true;
        }
        catch (IOException e) when (OutputEnd.IsQuiet(e))
        {
            return false;
        }
    }

    private static string Reason(Table table, Simulation result) =>
        result.Rule >= 0 ? $"line {table.Rules[result.Rule].Line}: {RuleFormatter.Format(table.Rules[result.Rule])}" : result.Reason;

    private static void WriteText(TextWriter output, Table table, TestedPacket packet, Simulation result)
    {
        string cut = packet.IsCut ? string.Create(CultureInfo.InvariantCulture, $", of which {packet.Bytes.Length} captured") : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{packet.Number} {packet.Headers(packet.Bytes)}{cut}"));
        output.WriteLine($"  {result.Verdict}  {Reason(table, result)}");
        if (packet.IsRewritten(result)) output.WriteLine($"  rewritten: {packet.Headers(result.Packet)}");
    }

    private static string ToJson(Table table, TestedPacket packet, Simulation result)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            packet.WriteTo(json);
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
            if (packet.IsRewritten(result)) json.WriteString("rewritten", Convert.ToHexStringLower(result.Packet));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
