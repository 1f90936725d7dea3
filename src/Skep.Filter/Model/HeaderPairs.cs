using System;

namespace Skep.Filter.Model;

/// <summary>The headers whose source and destination <c>swap</c> exchanges, with these two fields.</summary>
internal static class HeaderPairs
{
    internal static readonly (string Name, Header Header, Field Source, Field Destination)[] All =
    [
        ("ether", Header.Ether, Field.EtherSaddr, Field.EtherDaddr),
        ("ip", Header.Ip, Field.IpSaddr, Field.IpDaddr),
        ("ip6", Header.Ip6, Field.Ip6Saddr, Field.Ip6Daddr),
        ("tcp", Header.Tcp, Field.TcpSport, Field.TcpDport),
        ("udp", Header.Udp, Field.UdpSport, Field.UdpDport),
    ];

    internal static (Field Source, Field Destination) Of(Header header)
    {
        var (_, _, source, destination) = Array.Find(All, p => p.Header == header);
        return (source, destination);
    }

    internal static string NameOf(Header header) => Array.Find(All, p => p.Header == header).Name;

    internal static Header? Find(string name)
    {
        foreach (var pair in All)
            if (pair.Name == name) return pair.Header;
        return null;
    }
}
