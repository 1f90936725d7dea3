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
        var (ip, ip6, transport) = (headers.Ip, headers.Ip6, headers.Transport);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        switch (field)
        {
            case Field.EtherDaddr:
                bytes[10..].CopyTo(packet);
                break;
            case Field.EtherSaddr:
                bytes[10..].CopyTo(packet[6..]);
                break;
            case Field.VlanId:
                PutWord(packet, headers.Vlan, (Word(packet, headers.Vlan) & 0xf000) | (int)value);
                break;
            case Field.VlanPcp:
                PutWord(packet, headers.Vlan, (Word(packet, headers.Vlan) & 0x1fff) | ((int)value << 13));
                break;
            case Field.IpTtl:
                WriteIpWord(packet, ip, 8, ((int)value << 8) | packet[ip + 9]);
                break;
            case Field.IpDscp:
                WriteIpWord(packet, ip, 0, (packet[ip] << 8) | ((int)value << 2) | (packet[ip + 1] & 3));
                break;
            case Field.IpSaddr or Field.IpDaddr:
                WriteIpAddress(packet, headers, ip + (field == Field.IpSaddr ? 12 : 16), bytes[12..]);
                break;
            case Field.Ip6Hoplimit:
                packet[ip6 + 7] = (byte)value;
                break;
            case Field.Ip6Dscp:
                PutWord(packet, ip6, (Word(packet, ip6) & 0xf03f) | ((int)value << 6));
                break;
            case Field.Ip6Saddr:
                WriteCovered(packet, ip6 + 8, bytes, TransportChecksum(headers), headers);
                break;
            case Field.Ip6Daddr:
                // RFC 8200 8.1: with a routing header the checksum covers the final destination.
                WriteCovered(packet, ip6 + 24, bytes, headers.IsRouted ? -1 : TransportChecksum(headers), headers);
                break;
            case Field.TcpSport or Field.UdpSport:
                WriteCovered(packet, transport, bytes[14..], TransportChecksum(headers), headers);
                break;
            case Field.TcpDport or Field.UdpDport:
                WriteCovered(packet, transport + 2, bytes[14..], TransportChecksum(headers), headers);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(field), field, "the field cannot be set");
        }
    }

    internal static void Swap(Span<byte> packet, PacketHeaders headers, Header header)
    {
        var (source, destination) = header switch
        {
            Header.Ether => (Field.EtherSaddr, Field.EtherDaddr),
            Header.Ip => (Field.IpSaddr, Field.IpDaddr),
            Header.Ip6 => (Field.Ip6Saddr, Field.Ip6Daddr),
            Header.Tcp => (Field.TcpSport, Field.TcpDport),
            _ => (Field.UdpSport, Field.UdpDport),
        };
        FieldReader.TryRead(packet, headers, source, out var from);
        FieldReader.TryRead(packet, headers, destination, out var to);
        Write(packet, headers, source, to);
        Write(packet, headers, destination, from);
    }

    private static void WriteIpWord(Span<byte> packet, int ip, int at, int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        Checksum.Update(packet, ip + 10, packet.Slice(ip + at, 2), bytes);
        bytes.CopyTo(packet[(ip + at)..]);
    }

    private static void WriteIpAddress(Span<byte> packet, PacketHeaders headers, int at, ReadOnlySpan<byte> value)
    {
        Checksum.Update(packet, headers.Ip + 10, packet.Slice(at, 4), value);
        WriteCovered(packet, at, value, TransportChecksum(headers), headers);
    }

    private static void WriteCovered(Span<byte> packet, int at, ReadOnlySpan<byte> value, int checksum, PacketHeaders headers)
    {
        var isOptional = headers.Protocol == 17;
        if (checksum >= 0 && !(isOptional && Word(packet, checksum) == 0))
        {
            Checksum.Update(packet, checksum, packet.Slice(at, value.Length), value);
            // RFC 768: a sum of zero is sent as all ones, since zero says that there is none.
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
