using Skep.Filter.Runtime.Log;
using Skep.Packets.Captures;

namespace Skep.Cli.Filter;

/// <summary>Logged packets as pcapng, with the rule as each packet's comment.</summary>
internal sealed class LogCaptureWriter : ILogSink
{
    private readonly Stream _output;
    private readonly MemoryStream _blocks = new();
    private readonly CaptureWriter _capture;

    public LogCaptureWriter(Stream output, IEnumerable<CaptureInterface> devices)
    {
        _output = output;
        _capture = new CaptureWriter(_blocks, CaptureFormat.PcapNg, devices);
        Flush();
    }

    public void Write(LoggedPacket packet) => _capture.Write(new CapturedPacket(packet.Nanoseconds, packet.Bytes, packet.Length, LinkTypes.Of(packet.Start))
    {
        Device = packet.Device,
        Queue = packet.Queue,
        Action = packet.Rule is { } rule ? ActionOf(rule.Verdict) : null,
        Comment = packet.Rule is { } known ? $"{known.Verdict} line {known.Line}: {known.Text}" : "by a rule of an earlier version of the table",
    });

    public void Flush()
    {
        _output.Write(_blocks.GetBuffer().AsSpan(0, (int)_blocks.Length));
        _output.Flush();
        _blocks.SetLength(0);
    }

    // enum xdp_action. What becomes of a redirect is not known when its rule logs.
    private static uint? ActionOf(string verdict) => verdict switch
    {
        "drop" => 1,
        "pass" => 2,
        "tx" => 3,
        _ => null,
    };
}
