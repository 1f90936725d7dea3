using Skep.Packets.Captures;

namespace Skep.Filter.Runtime.Log;

/// <summary>Logged packets as pcapng, with the rule as each packet's comment.</summary>
public sealed class LogCaptureWriter : ILogSink
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

    public void Write(LoggedPacket packet)
    {
        LoggedRule? rule = packet.Rule;
        _capture.Write(new CapturedPacket(packet.Nanoseconds, packet.Bytes, packet.Length, LinkTypes.Of(packet.Start))
        {
            Device = packet.Device,
            Queue = packet.Queue,
            Action = rule is null ? null : ActionOf(rule.Verdict),
            Comment = rule is null ? "by a rule of an earlier version of the table" : $"{rule.Verdict} line {rule.Line}: {rule.Text}",
        });
    }

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
