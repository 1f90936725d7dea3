using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Packets;
using Skep.Filter.Simulate;

namespace Skep.Cli;

/// <summary>Decides packets and prints what became of each.</summary>
internal static class FilterTestRun
{
    private const int EthernetLink = 1;

    public static int Run(Table table, List<CapturedPacket> packets, bool kernel, bool json, string? write)
    {
        if (packets.Find(p => p.LinkType != EthernetLink) is { } other)
            return Talk.Error($"reading packets: link type {other.LinkType} is not Ethernet (capture on an Ethernet device)", ExitCode.Failed);
        int cut = packets.Count(p => p.Bytes.Length < p.OriginalLength);
        if (cut > 0) Talk.Say($"warning: {cut} packets were cut short when they were captured; lengths are those of the capture");
        try
        {
            using ISimulator simulator = kernel ? new KernelSimulator(table) : new ReferenceSimulator(table);
            return Print(table, packets, simulator, json, write);
        }
        catch (FilterCompileException e)
        {
            return Talk.Error(e.Message, ExitCode.Failed);
        }
    }

    private static int Print(Table table, List<CapturedPacket> packets, ISimulator simulator, bool json, string? write)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
        using OutputReplacement? file = write is null ? null : OutputFile.Begin(write);
        CaptureWriter? capture = file is null ? null : new CaptureWriter(file.Stream, CaptureFormat.PcapNg);
        var verdicts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < packets.Count; i++)
        {
            CapturedPacket packet = packets[i];
            Simulation result = simulator.Decide(packet.Bytes, packet.Nanoseconds);
            verdicts[result.Verdict] = verdicts.GetValueOrDefault(result.Verdict) + 1;
            if (json) output.WriteLine(ToJson(table, i + 1, packet, result));
            else WriteText(output, table, i + 1, packet, result);
            if (result.Verdict is not "drop")
                capture?.Write(packet with { Bytes = result.Packet, OriginalLength = result.Packet.Length, Comment = $"{result.Verdict} {Reason(table, result)}" });
        }

        output.Flush();
        file?.Commit();
        string summary = string.Join(", ", verdicts.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key} {v.Value}")));
        Talk.Say(string.Create(CultureInfo.InvariantCulture, $"{packets.Count} packet{(packets.Count == 1 ? "" : "s")}: {(summary.Length == 0 ? "none" : summary)}"));
        return ExitCode.Done;
    }

    private static string Reason(Table table, Simulation result) =>
        result.Rule >= 0 ? $"line {table.Rules[result.Rule].Line}: {RuleFormatter.Format(table.Rules[result.Rule])}" : result.Reason;

    private static void WriteText(TextWriter output, Table table, int number, CapturedPacket packet, Simulation result)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{number} {PacketText.Format(packet.Bytes)}"));
        output.WriteLine($"  {result.Verdict}  {Reason(table, result)}");
        if (!packet.Bytes.AsSpan().SequenceEqual(result.Packet)) output.WriteLine($"  rewritten: {PacketText.Format(result.Packet)}");
    }

    private static string ToJson(Table table, int number, CapturedPacket packet, Simulation result)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("packet", number);
            json.WriteString("headers", PacketText.Format(packet.Bytes));
            json.WriteNumber("bytes", packet.Bytes.Length);
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
            if (!packet.Bytes.AsSpan().SequenceEqual(result.Packet)) json.WriteString("rewritten", Convert.ToHexStringLower(result.Packet));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
