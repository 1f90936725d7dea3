namespace Skep.Packets.Values;

/// <summary>How the values of a field are written. Names are those of <c>nft describe</c>, where nft has one.</summary>
public enum DataType
{
    /// <summary>An IPv4 address, 32 bits.</summary>
    Ipv4Addr,

    /// <summary>An IPv6 address, 128 bits.</summary>
    Ipv6Addr,

    /// <summary>A link-layer address, 48 bits.</summary>
    EtherAddr,

    /// <summary>An EtherType, 16 bits.</summary>
    EtherType,

    /// <summary>An IP protocol number, 8 bits.</summary>
    InetProto,

    /// <summary>A port, 16 bits.</summary>
    InetService,

    /// <summary>An ICMP type, 8 bits.</summary>
    IcmpType,

    /// <summary>An ICMP code, 8 bits.</summary>
    IcmpCode,

    /// <summary>An ICMPv6 type, 8 bits.</summary>
    Icmpv6Type,

    /// <summary>An ICMPv6 code, 8 bits.</summary>
    Icmpv6Code,

    /// <summary>A differentiated services code point, 6 bits.</summary>
    Dscp,

    /// <summary>A network protocol, 8 bits: 2 for IPv4, 10 for IPv6.</summary>
    NfProto,

    /// <summary>The flags byte of TCP, 8 bits.</summary>
    TcpFlag,

    /// <summary>A packet's place in a fragmented datagram: 0 not a fragment, 1 the first, 2 a later one.</summary>
    Fragment,

    /// <summary>A plain number.</summary>
    Integer,
}
