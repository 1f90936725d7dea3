using System.Text.Json;
using Skep.Output;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Log;

/// <summary>One JSON object per logged packet.</summary>
public sealed class LogJsonWriter(Stream output, string table, OutputForm form) : ILogSink
{
    private readonly MemoryStream _lines = new();

    public void Write(LoggedPacket packet) => StreamOutput.WriteJson(_lines, form, json =>
    {
        json.WriteStartObject();
        json.WriteString("time", UtcText.Nanoseconds((long)packet.Nanoseconds));
        json.WriteString("table", table);
        json.WriteString("device", packet.Device);
        json.WriteNumber("rx_queue", packet.Queue);
        if (packet.Rule is { } rule)
        {
            json.WriteString("rule", rule.Id);
            json.WriteNumber("line", rule.Line);
            json.WriteString("text", rule.Text);
            json.WriteString("verdict", rule.Verdict);
        }

        json.WriteString("headers", PacketText.Format(packet.Bytes, packet.Length, packet.Start));
        json.WriteNumber("bytes", packet.Length);
        json.WriteString("data", Convert.ToHexStringLower(packet.Bytes));
        json.WriteEndObject();
    });

    public void Flush()
    {
        output.Write(_lines.GetBuffer().AsSpan(0, (int)_lines.Length));
        _lines.SetLength(0);
    }
}
