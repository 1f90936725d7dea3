using System;
using System.Buffers.Binary;
using Skep.Filter.Model;
using Skep.Packets.Headers;

namespace Skep.Filter.Evaluate;

/// <summary>Writes fields and brings the checksums that cover them up to date (RFC 1624, equation 3).</summary>
internal static class FieldWriter
{
    internal static void Write(Span<byte> packet, PacketHeaders headers, Field field, UInt128 value)
    {
        var info = FieldInfo.Of(field);
        var at = FieldReader.StartOf(headers, info.Header) + info.Offset;
        Span<byte> bytes = stackalloc byte[16];
        if (info.Bytes <= 2) value = (FieldReader.Number(packet.Slice(at, info.Bytes)) & ~(UInt128)(uint)info.Mask) | (value << info.Shift);
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        bytes = bytes[^info.Bytes..];
        if (info.IsCoveredByTransport)
        {
            if (info.Header == Header.Ip) Checksum.Update(packet, headers.Ip + 10, packet.Slice(at, 4), bytes);

            // RFC 8200 8.1: with a routing header the checksum covers the final destination.
            var checksum = field == Field.Ip6Daddr && headers.IsRouted ? -1 : TransportChecksum(headers);
            WriteCovered(packet, at, bytes, checksum, headers);
        }
        else
        {
            if (info.Header == Header.Ip) UpdateIp(packet, headers.Ip, at, bytes);
            bytes.CopyTo(packet[at..]);
        }
    }

    internal static void Swap(Span<byte> packet, PacketHeaders headers, Header header)
    {
        var (source, destination) = HeaderPairs.Of(header);
        FieldReader.TryRead(packet, headers, source, out var from);
        FieldReader.TryRead(packet, headers, destination, out var to);
        Write(packet, headers, source, to);
        Write(packet, headers, destination, from);
    }

    /// <summary>Updates the checksum of the IPv4 header, a sum of words from its start, for bytes that are about to change.</summary>
    private static void UpdateIp(Span<byte> packet, int ip, int at, ReadOnlySpan<byte> value)
    {
        var start = at - (at - ip) % 2;
        Span<byte> word = stackalloc byte[2];
        packet.Slice(start, 2).CopyTo(word);
        value.CopyTo(word[(at - start)..]);
        Checksum.Update(packet, ip + 10, packet.Slice(start, 2), word);
    }

    private static void WriteCovered(Span<byte> packet, int at, ReadOnlySpan<byte> value, int checksum, PacketHeaders headers)
    {
        var isOptional = headers.Protocol == 17;
        if (checksum >= 0 && !(isOptional && Word(packet, checksum) == 0))
        {
            Checksum.Update(packet, checksum, packet.Slice(at, value.Length), value);
            // RFC 768: a sum of zero is sent as all ones, since zero means that there is none.
            if (headers.Protocol is 17 or 136 && Word(packet, checksum) == 0) PutWord(packet, checksum, 0xffff);
        }
        value.CopyTo(packet[at..]);
    }

    /// <summary>The offset of the checksum that covers the addresses, or -1 where there is none.</summary>
    private static int TransportChecksum(PacketHeaders headers)
    {
        if (headers.Upper < 0) return -1;
        var at = headers.Protocol switch
        {
            6 when headers.Transport >= 0 => headers.Upper + 16,
            17 when headers.Transport >= 0 => headers.Upper + 6,
            58 when headers.Transport >= 0 => headers.Upper + 2,
            33 or 136 => headers.Upper + 6,
            _ => -1,
        };
        return at >= 0 && at + 2 <= headers.End ? at : -1;
    }

    private static int Word(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);

    private static void PutWord(Span<byte> packet, int at, int value) => BinaryPrimitives.WriteUInt16BigEndian(packet[at..], (ushort)value);
}
