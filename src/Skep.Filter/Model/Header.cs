namespace Skep.Filter.Model;

/// <summary>The header of a field, which a rule that names the field needs.</summary>
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
