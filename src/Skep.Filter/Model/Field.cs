namespace Skep.Filter.Model;

/// <summary>A header that a field lies in, and that a rule naming the field needs.</summary>
public enum Header
{
    /// <summary>The frame as a whole; every packet has it.</summary>
    Frame,

    /// <summary>The Ethernet header.</summary>
    Ether,

    /// <summary>The first (outermost) VLAN tag.</summary>
    Vlan,

    /// <summary>An IPv4 or an IPv6 header.</summary>
    Network,

    /// <summary>The IPv4 header.</summary>
    Ip,

    /// <summary>The IPv6 header.</summary>
    Ip6,

    /// <summary>An IPv6 header whose extension headers could be walked to their end.</summary>
    Ip6Chain,

    /// <summary>An IP packet whose upper protocol is known.</summary>
    Upper,

    /// <summary>The TCP header.</summary>
    Tcp,

    /// <summary>The UDP header.</summary>
    Udp,

    /// <summary>The SCTP common header.</summary>
    Sctp,

    /// <summary>The ICMP header of an IPv4 packet.</summary>
    Icmp,

    /// <summary>The ICMPv6 header of an IPv6 packet.</summary>
    Icmpv6,
}

/// <summary>What a match can read and a statement can set, named as in the rule language.</summary>
public enum Field
{
    /// <summary><c>ether saddr</c></summary>
    EtherSaddr,

    /// <summary><c>ether daddr</c></summary>
    EtherDaddr,

    /// <summary><c>ether type</c>: the type behind the VLAN tags that were looked through.</summary>
    EtherType,

    /// <summary><c>vlan id</c></summary>
    VlanId,

    /// <summary><c>vlan pcp</c></summary>
    VlanPcp,

    /// <summary><c>ip saddr</c></summary>
    IpSaddr,

    /// <summary><c>ip daddr</c></summary>
    IpDaddr,

    /// <summary><c>ip protocol</c></summary>
    IpProtocol,

    /// <summary><c>ip ttl</c></summary>
    IpTtl,

    /// <summary><c>ip dscp</c></summary>
    IpDscp,

    /// <summary><c>ip length</c>: the total length field, in bytes.</summary>
    IpLength,

    /// <summary><c>ip frag</c></summary>
    IpFrag,

    /// <summary><c>ip6 saddr</c></summary>
    Ip6Saddr,

    /// <summary><c>ip6 daddr</c></summary>
    Ip6Daddr,

    /// <summary><c>ip6 nexthdr</c>: the fixed header's own field.</summary>
    Ip6Nexthdr,

    /// <summary><c>ip6 hoplimit</c></summary>
    Ip6Hoplimit,

    /// <summary><c>ip6 dscp</c></summary>
    Ip6Dscp,

    /// <summary><c>ip6 length</c>: the payload length field, in bytes.</summary>
    Ip6Length,

    /// <summary><c>ip6 frag</c></summary>
    Ip6Frag,

    /// <summary><c>tcp sport</c></summary>
    TcpSport,

    /// <summary><c>tcp dport</c></summary>
    TcpDport,

    /// <summary><c>tcp flags</c></summary>
    TcpFlags,

    /// <summary><c>udp sport</c></summary>
    UdpSport,

    /// <summary><c>udp dport</c></summary>
    UdpDport,

    /// <summary><c>sctp sport</c></summary>
    SctpSport,

    /// <summary><c>sctp dport</c></summary>
    SctpDport,

    /// <summary><c>icmp type</c></summary>
    IcmpType,

    /// <summary><c>icmp code</c></summary>
    IcmpCode,

    /// <summary><c>icmpv6 type</c></summary>
    Icmpv6Type,

    /// <summary><c>icmpv6 code</c></summary>
    Icmpv6Code,

    /// <summary><c>meta length</c>: the frame's bytes from the Ethernet header on, without the checksum of the wire.</summary>
    MetaLength,

    /// <summary><c>meta l4proto</c>: the upper protocol, behind IPv6 extension headers.</summary>
    MetaL4proto,

    /// <summary><c>meta nfproto</c></summary>
    MetaNfproto,
}
