using System;
using System.Buffers.Binary;
using Skep.Filter.Model;
using Skep.Packets.Headers;
using Skep.Packets.Values;

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
        var info = FieldInfo.Of(field);
        if (!Has(headers, info.Header)) return false;
        value = info.Source switch
        {
            FieldSource.Header =>
                (Number(packet.Slice(StartOf(headers, info.Header) + info.Offset, info.Bytes)) >> info.Shift) & Interval.Mask(info.Bits),
            FieldSource.EtherType => Word(packet, headers.EtherType),
            FieldSource.Fragment => (UInt128)headers.Fragment,
            FieldSource.Protocol => (UInt128)headers.Protocol,
            FieldSource.Context => (UInt128)headers.IfIndex,
            FieldSource.Version => (UInt128)(headers.Ip >= 0 ? 2 : 10),
            _ => (UInt128)headers.Length,
        };
        return true;
    }

    /// <summary>Where the bytes of a header begin that fields count from.</summary>
    internal static int StartOf(PacketHeaders headers, Header header) => header switch
    {
        Header.Ether => 0,
        Header.Vlan => headers.Vlan,
        Header.Ip => headers.Ip,
        Header.Ip6 => headers.Ip6,
        _ => headers.Transport,
    };

    internal static UInt128 Number(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 1) return bytes[0];
        if (bytes.Length == 2) return BinaryPrimitives.ReadUInt16BigEndian(bytes);
        UInt128 value = 0;
        foreach (var b in bytes) value = (value << 8) | b;
        return value;
    }

    private static ushort Word(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
}
