using Skep.Packets.Building;
using Skep.Packets.Captures;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Generate;

/// <summary>Frames of a series. One that begins again soon is made once.</summary>
/// <param name="series">The series.</param>
public sealed class SeriesSource(PacketSeries series) : IFrameSource
{
    private const int LongestRepeated = 1 << 16, MostBytes = 32 << 20;

    private ulong _next;

    /// <inheritdoc/>
    public int Longest => series.Longest;

    /// <inheritdoc/>
    public bool IsRepeated => series.Period is { } period && period <= LongestRepeated && period * series.Longest <= MostBytes;

    /// <inheritdoc/>
    public int Most => IsRepeated ? (int)series.Period!.Value : Math.Min(LongestRepeated, MostBytes / series.Longest);

    /// <inheritdoc/>
    public void Fill(FrameBuffer buffer)
    {
        while (buffer.Count < buffer.Most) buffer.Add(series.Write(_next++, buffer.NextFrame));
    }
}

/// <summary>Frames of a capture, once.</summary>
/// <param name="capture">The capture.</param>
/// <param name="longest">The longest frame that the device takes.</param>
public sealed class CaptureSource(CaptureReader capture, int longest) : IFrameSource
{
    /// <inheritdoc/>
    public int Longest => longest;

    /// <inheritdoc/>
    public bool IsRepeated => false;

    /// <inheritdoc/>
    public int Most => 8192;

    /// <summary>
    /// Packets that cannot be sent: they have no Ethernet header, or the capture cut them, or they are too short or too long for the
    /// device.
    /// </summary>
    public long Skipped { get; private set; }

    /// <inheritdoc/>
    public void Fill(FrameBuffer buffer)
    {
        while (buffer.Count < buffer.Most && capture.Next() is { } packet)
        {
            if (LinkLayer.Of(packet) is not { Start: PacketStart.Ethernet, Bytes: var bytes } layer
                || packet.OriginalLength > packet.Bytes.Length || layer.HeaderLength > 0
                || bytes.Length < FrameSender.LeastBytes || bytes.Length > longest)
            {
                Skipped++;
                continue;
            }
            bytes.CopyTo(buffer.NextFrame);
            buffer.Add(bytes.Length);
        }
    }
}
