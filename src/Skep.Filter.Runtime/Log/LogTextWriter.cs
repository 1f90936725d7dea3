using System.Globalization;
using Skep.Output;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Log;

/// <summary>One line per logged packet: local time, device, verdict, the rule's id in brackets, headers.</summary>
public sealed class LogTextWriter(Stream output) : ILogSink
{
    private readonly StreamWriter _writer = StreamOutput.Text(output);

    public void Write(LoggedPacket packet)
    {
        DateTime time = DateTime.UnixEpoch.AddTicks((long)packet.Nanoseconds / 100).ToLocalTime();
        string rule = packet.Rule is { } known
            ? SafeText.Escape($"{known.Verdict} [{known.Id}]")
            : "unknown [of an earlier version of the table]";
        string headers = PacketText.Format(packet.Bytes, packet.Length, packet.Start);
        _writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{time:HH:mm:ss.ffffff} {SafeText.Escape(packet.Device)} {rule} {headers}"));
    }

    public void Flush() => _writer.Flush();
}
