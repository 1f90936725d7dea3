namespace Skep.Filter.Model;

/// <summary>Bits for which headers a packet has, and what else the walk found.</summary>
internal static class Presence
{
    internal const int Ether = 1 << 0;
    internal const int Vlan = 1 << 1;
    internal const int Ip = 1 << 2;
    internal const int Ip6 = 1 << 3;
    internal const int Upper = 1 << 4;
    internal const int Tcp = 1 << 5;
    internal const int Udp = 1 << 6;
    internal const int Sctp = 1 << 7;
    internal const int Icmp = 1 << 8;
    internal const int Icmpv6 = 1 << 9;
    internal const int Malformed = 1 << 10;
    internal const int Routed = 1 << 11;

    /// <summary>A checksum that covers the addresses is present.</summary>
    internal const int Checksum = 1 << 12;

    /// <summary>That checksum is UDP-Lite's, which is never written as zero.</summary>
    internal const int UdpLite = 1 << 13;

    internal const int FirstFragment = 1 << FragmentShift;
    internal const int LaterFragment = 2 << FragmentShift;
    internal const int FragmentShift = 14;

    internal const int Arp = 1 << 16;

    /// <summary>The bits of which a packet has one at most.</summary>
    internal const int Transport = Tcp | Udp | Sctp | Icmp | Icmpv6;

    /// <summary>
    /// The bits of which all must be set for some headers to be there, and whether one of both IP versions must beside them.
    /// </summary>
    internal static (int Bits, bool AnyIp) Of(HeaderSet headers)
    {
        var bits = 0;
        foreach (var header in headers) bits |= Of(header);
        return (bits, headers.Contains(Header.Network) && (bits & (Ip | Ip6)) == 0);
    }

    /// <summary>
    /// The bits of which all must be set for a header to be there; none for those that <see cref="Header.Network"/> stands for.
    /// </summary>
    internal static int Of(Header header) => header switch
    {
        Header.Ether => Ether,
        Header.Vlan => Vlan,
        Header.Ip => Ip,
        Header.Ip6 => Ip6,
        Header.Ip6Chain => Ip6 | Upper,
        Header.Upper => Upper,
        Header.Tcp => Tcp,
        Header.Udp => Udp,
        Header.Sctp => Sctp,
        Header.Icmp => Icmp,
        Header.Icmpv6 => Icmpv6,
        _ => 0,
    };
}
