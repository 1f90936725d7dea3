using System.Globalization;
using Skep.Linux.Kernel;
using Skep.Output;
using Skep.Packets.Building;

namespace Skep.Debug.Trace;

/// <summary>One line per call: local time, CPU, thread, duration, the function with its arguments or its packet, the result.</summary>
/// <param name="output">Where to.</param>
/// <param name="symbols">The kernel's, for stacks.</param>
public sealed class TraceTextWriter(Stream output, KernelSymbols? symbols) : ITraceSink
{
    private readonly StreamWriter _writer = StreamOutput.Text(output);
    private readonly StackText _stack = new(symbols);

    /// <inheritdoc/>
    public void Write(TraceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        List<string> inside =
            [.. TracedValues.Arguments(call).Select(each => $"{each.Name}={TracedValues.Text(call.Target.Btf, each.Type, each.Value)}")];
        if (call.Device is { } device)
        {
            TracedPacket? packet = call.Before ?? call.After;
            string headers = packet is null ? "packet not read" : Headers(call, packet);
            inside.Insert(0, $"{device.Name}: {headers}");
        }

        WriteHead(call.Task);
        _writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $" {call.DurationNs} ns {SafeText.Escape($"{call.Target.Name}({string.Join(", ", inside)}) = {TracedValues.Result(call)}")}"));
        if (call.IsChanged) WriteChange(call, call.Before!, call.After!);
        foreach (string frame in _stack.Frames(call.Stack)) _writer.WriteLine($"    {SafeText.Escape(frame)}");
    }

    /// <inheritdoc/>
    public void Write(TracePrint print)
    {
        ArgumentNullException.ThrowIfNull(print);
        if (print.Task is { } task) WriteHead(task);
        _writer.WriteLine($"{(print.Task is null ? "" : " ")}{print.Origin}: {SafeText.Escape(print.Text)}");
    }

    /// <summary>Writes what was counted: a histogram as bpftrace and funclatency have it.</summary>
    public void Write(TraceCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        foreach (string line in TraceHistogram.Lines(counts.Histogram)) _writer.WriteLine(line);
        Flush();
    }

    /// <inheritdoc/>
    public void Flush() => _writer.Flush();

    private void WriteHead(TracedTask task)
    {
        DateTime time = DateTime.UnixEpoch.AddTicks(task.UnixNs / 100).ToLocalTime();
        _writer.Write(string.Create(
            CultureInfo.InvariantCulture, $"{time:HH:mm:ss.ffffff} [{task.Cpu:d3}] {SafeText.Escape(task.Comm)} {task.Pid}"));
    }

    private void WriteChange(TraceCall call, TracedPacket before, TracedPacket after)
    {
        string left = Headers(call, after);
        if (left != Headers(call, before)) _writer.WriteLine($"    leaves as {SafeText.Escape(left)}");
        if (before.Length != after.Length) return;
        int length = Math.Min(before.Bytes.Length, after.Bytes.Length);
        for (int start = 0; start < length; start++)
        {
            int end = start;
            while (end < length && before.Bytes[end] != after.Bytes[end]) end++;
            if (end == start) continue;
            string was = Convert.ToHexStringLower(before.Bytes.AsSpan(start..end));
            string becomes = Convert.ToHexStringLower(after.Bytes.AsSpan(start..end));
            _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    offset {start}: {was} -> {becomes}"));
            start = end;
        }
    }

    private static string Headers(TraceCall call, TracedPacket packet) => PacketText.Format(packet.Bytes, packet.Length, call.Start);
}
