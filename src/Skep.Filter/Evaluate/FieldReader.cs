using System;
using System.Buffers.Binary;
using Skep.Filter.Model;
using Skep.Packets.Headers;

namespace Skep.Filter.Evaluate;

/// <summary>Reads fields where the headers are.</summary>
internal static class FieldReader
{
    internal static bool Has(PacketHeaders headers, Header header) => header switch
    {
        Header.Frame => true,
        Header.Ether => headers.EtherType >= 0,
        Header.Vlan => headers.Vlan >= 0,
        Header.Network => headers.Ip >= 0 || headers.Ip6 >= 0,
        Header.Ip => headers.Ip >= 0,
        Header.Ip6 => headers.Ip6 >= 0,
        Header.Ip6Chain => headers.Ip6 >= 0 && headers.Protocol >= 0,
        Header.Upper => headers.Protocol >= 0,
        _ => headers.Transport >= 0 && headers.Protocol == HeaderRelations.ProtocolOf(header),
    };

    /// <summary>Reads a field.</summary>
    /// <returns>False when its header is absent.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> packet, PacketHeaders headers, Field field, out UInt128 value)
    {
        value = 0;
        if (!Has(headers, FieldInfo.Of(field).Header)) return false;
        var (ip, ip6, transport) = (headers.Ip, headers.Ip6, headers.Transport);
        value = field switch
        {
            Field.EtherDaddr => Number(packet[..6]),
            Field.EtherSaddr => Number(packet[6..12]),
            Field.EtherType => Word(packet, headers.EtherType),
            Field.VlanId => (UInt128)(Word(packet, headers.Vlan) & 0xfff),
            Field.VlanPcp => (UInt128)(Word(packet, headers.Vlan) >> 13),
            Field.IpSaddr => Number(packet.Slice(ip + 12, 4)),
            Field.IpDaddr => Number(packet.Slice(ip + 16, 4)),
            Field.IpProtocol => packet[ip + 9],
            Field.IpTtl => packet[ip + 8],
            Field.IpDscp => (UInt128)(packet[ip + 1] >> 2),
            Field.IpLength => Word(packet, ip + 2),
            Field.IpFrag or Field.Ip6Frag => (UInt128)headers.Fragment,
            Field.Ip6Saddr => Number(packet.Slice(ip6 + 8, 16)),
            Field.Ip6Daddr => Number(packet.Slice(ip6 + 24, 16)),
            Field.Ip6Nexthdr => packet[ip6 + 6],
            Field.Ip6Hoplimit => packet[ip6 + 7],
            Field.Ip6Dscp => (UInt128)((Word(packet, ip6) >> 6) & 0x3f),
            Field.Ip6Length => Word(packet, ip6 + 4),
            Field.TcpSport or Field.UdpSport or Field.SctpSport => Word(packet, transport),
            Field.TcpDport or Field.UdpDport or Field.SctpDport => Word(packet, transport + 2),
            Field.TcpFlags => packet[transport + 13],
            Field.IcmpType or Field.Icmpv6Type => packet[transport],
            Field.IcmpCode or Field.Icmpv6Code => packet[transport + 1],
            Field.MetaLength => (UInt128)headers.Length,
            Field.MetaL4proto => (UInt128)headers.Protocol,
            _ => (UInt128)(headers.Ip >= 0 ? 2 : 10),
        };
        return true;
    }

    internal static UInt128 Number(ReadOnlySpan<byte> bytes)
    {
        UInt128 value = 0;
        foreach (var b in bytes) value = (value << 8) | b;
        return value;
    }

    private static ushort Word(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
}
