namespace Skep.Filter.Model;

/// <summary>Which headers imply each other, and which exclude each other.</summary>
internal static class HeaderRelations
{
    /// <summary>Adds all headers that a packet with the given ones has.</summary>
    internal static HeaderSet Close(HeaderSet headers)
    {
        var closed = headers.Bits;
        Add(Header.Frame, Header.Ether);
        if (Has(Header.Icmp)) Add(Header.Ip, Header.Upper);
        if (Has(Header.Icmpv6)) Add(Header.Ip6, Header.Upper);
        if (Has(Header.Tcp) || Has(Header.Udp) || Has(Header.Sctp)) Add(Header.Upper);
        if (Has(Header.Ip6Chain)) Add(Header.Ip6, Header.Upper);
        if (Has(Header.Ip)) Add(Header.Upper);
        if (Has(Header.Ip6) && Has(Header.Upper)) Add(Header.Ip6Chain);
        if (Has(Header.Ip6) || Has(Header.Upper)) Add(Header.Network);
        return new(closed);

        bool Has(Header header) => (closed & HeaderSet.BitOf(header)) != 0;

        void Add(params ReadOnlySpan<Header> added)
        {
            foreach (var header in added) closed |= HeaderSet.BitOf(header);
        }
    }

    /// <summary>Finds two headers that exclude each other.</summary>
    internal static (Header First, Header Second)? FindConflict(HeaderSet headers)
    {
        Header? network = null, transport = null;
        foreach (var header in headers)
        {
            if (IsVersion4(header) || IsVersion6(header))
            {
                if (network is { } other && IsVersion4(other) != IsVersion4(header)) return (other, header);
                network = header;
            }
            if (header is Header.Tcp or Header.Udp or Header.Sctp or Header.Icmp or Header.Icmpv6)
            {
                if (transport is { } other) return (other, header);
                transport = header;
            }
        }
        return null;
    }

    internal static byte? ProtocolOf(Header header) => header switch
    {
        Header.Tcp => 6,
        Header.Udp => 17,
        Header.Sctp => 132,
        Header.Icmp => 1,
        Header.Icmpv6 => 58,
        _ => null,
    };

    internal static string NameOf(Header header) => header switch
    {
        Header.Ip => "IPv4",
        Header.Ip6 or Header.Ip6Chain => "IPv6",
        Header.Tcp => "TCP",
        Header.Udp => "UDP",
        Header.Sctp => "SCTP",
        Header.Icmp => "ICMP (of IPv4)",
        Header.Icmpv6 => "ICMPv6 (of IPv6)",
        Header.Vlan => "VLAN",
        _ => "Ethernet",
    };

    private static bool IsVersion4(Header header) => header is Header.Ip or Header.Icmp;

    private static bool IsVersion6(Header header) => header is Header.Ip6 or Header.Ip6Chain or Header.Icmpv6;
}
