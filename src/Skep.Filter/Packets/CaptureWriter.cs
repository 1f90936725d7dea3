using System.Buffers.Binary;
using System.Text;

namespace Skep.Filter.Packets;

/// <summary>The file formats of captures.</summary>
public enum CaptureFormat
{
    /// <summary>pcap with nanoseconds.</summary>
    Pcap,

    /// <summary>pcapng with nanoseconds and a comment for each packet that has one.</summary>
    PcapNg,
}

/// <summary>Writes captures of Ethernet frames.</summary>
public sealed class CaptureWriter
{
    private const int SnapLength = 262144;

    private readonly Stream _stream;
    private readonly CaptureFormat _format;

    /// <summary>Begins a capture.</summary>
    /// <param name="stream">Where to write; it stays open.</param>
    /// <param name="format">The format.</param>
    public CaptureWriter(Stream stream, CaptureFormat format)
    {
        _stream = stream;
        _format = format;
        if (format == CaptureFormat.Pcap)
        {
            Put([0xa1b23c4d, 2 | (4 << 16), 0, 0, SnapLength, 1]);
            return;
        }
        Put([0x0a0d0d0a, 28, 0x1a2b3c4d, 1, uint.MaxValue, uint.MaxValue, 28]);
        // The option is if_tsresol = 9: nanoseconds.
        Put([1, 32, 1, SnapLength, 9 | (1 << 16), 9, 0, 32]);
    }

    /// <summary>Writes a packet.</summary>
    /// <param name="packet">The packet.</param>
    public void Write(CapturedPacket packet)
    {
        var length = (uint)packet.Bytes.Length;
        if (_format == CaptureFormat.Pcap)
        {
            Put([(uint)(packet.Nanoseconds / 1_000_000_000), (uint)(packet.Nanoseconds % 1_000_000_000), length, (uint)packet.OriginalLength]);
            _stream.Write(packet.Bytes);
            return;
        }
        var comment = packet.Comment is { } text ? Encoding.UTF8.GetBytes(text) : [];
        if (comment.Length > ushort.MaxValue) comment = comment[..ushort.MaxValue];
        var options = comment.Length == 0 ? 0 : 4 + Padded(comment.Length) + 4;
        var total = (uint)(32 + Padded(packet.Bytes.Length) + options);
        Put([6, total, 0, (uint)(packet.Nanoseconds >> 32), (uint)packet.Nanoseconds, length, (uint)packet.OriginalLength]);
        PutPadded(packet.Bytes);
        if (comment.Length > 0)
        {
            Put([1 | ((uint)comment.Length << 16)]);
            PutPadded(comment);
            Put([0]);
        }
        Put([total]);
    }

    private static int Padded(int length) => (length + 3) & ~3;

    private void PutPadded(byte[] bytes)
    {
        _stream.Write(bytes);
        _stream.Write(new byte[Padded(bytes.Length) - bytes.Length]);
    }

    private void Put(ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            _stream.Write(bytes);
        }
    }
}
