using System.Globalization;
using Skep.Bpf;
using Skep.Packets.Captures;

namespace Skep.Debug.Trace;

/// <summary>The packets of calls as pcapng: before and after each call, with the verdict as their comment.</summary>
public sealed class TraceCaptureWriter : ITraceSink
{
    private readonly Stream _output;
    private readonly MemoryStream _blocks = new();
    private readonly CaptureWriter _capture;

    /// <param name="output">Where to.</param>
    public TraceCaptureWriter(Stream output)
    {
        _output = output;
        _capture = new CaptureWriter(_blocks, CaptureFormat.PcapNg);
        Flush();
    }

    /// <inheritdoc/>
    public void Write(TraceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        string result = $"{call.Target.Name} = {TracedValues.Result(call)}";
        string took = string.Create(CultureInfo.InvariantCulture, $"{call.DurationNs} ns");
        ulong end = (ulong)call.Task.UnixNs, begin = end - Math.Min(call.DurationNs, end);
        if (call.Before is { } before) Write(call, before, begin, $"before: {result}, {took}");
        if (call.After is { } after) Write(call, after, end, $"after: {result}{(call.IsChanged ? "" : ", unchanged")}");
    }

    /// <summary>What a program prints is no packet.</summary>
    public void Write(TracePrint print)
    {
    }

    /// <inheritdoc/>
    public void Flush()
    {
        _output.Write(_blocks.GetBuffer().AsSpan(0, (int)_blocks.Length));
        _output.Flush();
        _blocks.SetLength(0);
    }

    private void Write(TraceCall call, TracedPacket packet, ulong time, string comment) =>
        _capture.Write(new CapturedPacket(time, packet.Bytes, packet.Length, LinkTypes.Of(call.Start), comment)
        {
            Device = call.Device?.Name,
            Queue = call.Device?.Queue,
            Action = call.Target is { IsMain: true, Program.Type: BpfProgramType.Xdp } ? (uint)call.Result : null,
        });
}
