using System.Buffers.Binary;

namespace Skep.Packets.Headers;

/// <summary>The Internet checksum (RFC 1071) and its update (RFC 1624).</summary>
public static class Checksum
{
    /// <summary>Changes a checksum for bytes that are about to change: HC' = ~(~HC + ~m + m').</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="at">The checksum's offset.</param>
    /// <param name="old">The bytes as they are; an even number.</param>
    /// <param name="value">The bytes as they will be; as many.</param>
    public static void Update(Span<byte> packet, int at, ReadOnlySpan<byte> old, ReadOnlySpan<byte> value)
    {
        var sum = (uint)(ushort)~BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
        for (var i = 0; i < old.Length; i += 2)
        {
            sum += (ushort)~BinaryPrimitives.ReadUInt16BigEndian(old[i..]);
            sum += BinaryPrimitives.ReadUInt16BigEndian(value[i..]);
        }
        BinaryPrimitives.WriteUInt16BigEndian(packet[at..], (ushort)~Fold(sum));
    }

    /// <summary>Sums bytes, an odd last one as if a zero followed.</summary>
    public static uint Sum(ReadOnlySpan<byte> bytes, uint sum = 0)
    {
        for (var i = 0; i + 1 < bytes.Length; i += 2) sum = Fold(sum + BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]));
        if (bytes.Length % 2 != 0) sum = Fold(sum + (uint)(bytes[^1] << 8));
        return sum;
    }

    public static uint Fold(uint sum)
    {
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        return sum;
    }
}
