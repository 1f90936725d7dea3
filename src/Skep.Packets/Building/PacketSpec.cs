using Skep.Packets.Values;

namespace Skep.Packets.Building;

/// <summary>A VLAN tag.</summary>
/// <param name="Type">Its EtherType: 0x8100, or 0x88a8 for a service tag.</param>
/// <param name="Pcp">The priority, 3 bits.</param>
/// <param name="Id">The VLAN, 12 bits.</param>
public readonly record struct VlanTag(ushort Type, byte Pcp, ushort Id);

/// <summary>An IPv6 extension header.</summary>
/// <param name="Type">Its protocol number.</param>
/// <param name="Body">Its bytes behind the next header field; the length field is the first of them.</param>
public readonly record struct ExtensionHeader(byte Type, ValueList<byte> Body);

/// <summary>A packet to be made. What it leaves out has a plain value; lengths and checksums are right.</summary>
public sealed record PacketSpec
{
    /// <summary>The Ethernet source, 48 bits.</summary>
    public ulong EtherSource { get; init; } = 0x525400000001;

    /// <summary>The Ethernet destination, 48 bits.</summary>
    public ulong EtherDestination { get; init; } = 0x525400000002;

    /// <summary>The VLAN tags, outermost first.</summary>
    public ValueList<VlanTag> Tags { get; init; } = [];

    /// <summary>The EtherType behind the tags: 0x0800 and 0x86dd make IP packets, others carry the payload at once.</summary>
    public ushort EtherType { get; init; } = 0x0800;

    /// <summary>The IP source.</summary>
    public UInt128 Source { get; init; }

    /// <summary>The IP destination.</summary>
    public UInt128 Destination { get; init; }

    /// <summary>The upper protocol.</summary>
    public byte Protocol { get; init; } = 17;

    /// <summary>TTL or hop limit.</summary>
    public byte Ttl { get; init; } = 64;

    /// <summary>The code point, 6 bits.</summary>
    public byte Dscp { get; init; }

    /// <summary>The congestion bits, 2 bits.</summary>
    public byte Ecn { get; init; }

    /// <summary>IPv4 options; a multiple of 4 bytes, at most 40.</summary>
    public ValueList<byte> Options { get; init; } = [];

    /// <summary>IPv6 extension headers, in order.</summary>
    public ValueList<ExtensionHeader> Extensions { get; init; } = [];

    /// <summary>The fragment offset in units of 8 bytes; with one above 0 there is no transport header.</summary>
    public ushort FragmentOffset { get; init; }

    /// <summary>Whether more fragments follow. In IPv6, this or an offset adds a fragment header.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>The source port.</summary>
    public ushort SourcePort { get; init; }

    /// <summary>The destination port.</summary>
    public ushort DestinationPort { get; init; }

    /// <summary>The flags byte of TCP.</summary>
    public byte TcpFlags { get; init; } = 0x02;

    /// <summary>The ICMP type.</summary>
    public byte IcmpType { get; init; } = 8;

    /// <summary>The ICMP code.</summary>
    public byte IcmpCode { get; init; }

    /// <summary>The number of bytes behind the last header; they count up from 0.</summary>
    public int PayloadLength { get; init; } = 16;

    /// <summary>Whether it is an IPv6 packet.</summary>
    public bool IsIp6 => EtherType == 0x86dd;
}
