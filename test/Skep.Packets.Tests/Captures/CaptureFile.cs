using Skep.Packets.Captures;

namespace Skep.Packets.Tests.Captures;

internal static class CaptureFile
{
    /// <summary>Writes packets as a capture; packet N has the time N microseconds.</summary>
    internal static byte[] Write(IEnumerable<byte[]> packets, CaptureFormat format = CaptureFormat.Pcap)
    {
        var stream = new MemoryStream();
        var writer = new CaptureWriter(stream, format);
        var index = 0UL;
        foreach (var packet in packets) writer.Write(new(index++ * 1000, packet, packet.Length));
        return stream.ToArray();
    }

    internal static List<CapturedPacket> Read(byte[] capture)
    {
        var reader = CaptureReader.Open(new MemoryStream(capture));
        var packets = new List<CapturedPacket>();
        while (reader.Next() is { } packet) packets.Add(packet);
        Assert.Null(reader.Error);
        return packets;
    }
}
