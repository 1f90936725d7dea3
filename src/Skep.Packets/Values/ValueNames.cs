using System;

namespace Skep.Packets.Values;

/// <summary>The names of values, as <c>nft describe</c> lists them. Where a value has several, the first is printed.</summary>
public static class ValueNames
{
    internal static readonly (string Name, ushort Value)[] Protocols =
    [
        ("ip", 0), ("icmp", 1), ("igmp", 2), ("ggp", 3), ("ipencap", 4), ("st", 5), ("tcp", 6), ("egp", 8), ("igp", 9),
        ("pup", 12), ("udp", 17), ("hmp", 20), ("xns-idp", 22), ("rdp", 27), ("iso-tp4", 29), ("dccp", 33), ("xtp", 36),
        ("ddp", 37), ("idpr-cmtp", 38), ("ipv6", 41), ("ipv6-route", 43), ("ipv6-frag", 44), ("idrp", 45), ("rsvp", 46),
        ("gre", 47), ("esp", 50), ("ah", 51), ("skip", 57), ("ipv6-icmp", 58), ("ipv6-nonxt", 59), ("ipv6-opts", 60),
        ("rspf", 73), ("vmtp", 81), ("eigrp", 88), ("ospf", 89), ("ax.25", 93), ("ipip", 94), ("etherip", 97), ("encap", 98),
        ("pim", 103), ("ipcomp", 108), ("vrrp", 112), ("l2tp", 115), ("isis", 124), ("sctp", 132), ("fc", 133),
        ("mobility-header", 135), ("udplite", 136), ("mpls-in-ip", 137), ("manet", 138), ("hip", 139), ("shim6", 140),
        ("wesp", 141), ("rohc", 142), ("ethernet", 143),
        ("hopopt", 0), ("icmpv6", 58),
    ];

    internal static readonly (string Name, ushort Value)[] EtherTypes =
    [
        ("ip", 0x0800), ("arp", 0x0806), ("ip6", 0x86dd), ("8021q", 0x8100), ("8021ad", 0x88a8), ("vlan", 0x8100),
    ];

    internal static readonly (string Name, ushort Value)[] IcmpTypes =
    [
        ("echo-reply", 0), ("destination-unreachable", 3), ("source-quench", 4), ("redirect", 5), ("echo-request", 8),
        ("router-advertisement", 9), ("router-solicitation", 10), ("time-exceeded", 11), ("parameter-problem", 12),
        ("timestamp-request", 13), ("timestamp-reply", 14), ("info-request", 15), ("info-reply", 16),
        ("address-mask-request", 17), ("address-mask-reply", 18),
    ];

    internal static readonly (string Name, ushort Value)[] IcmpCodes =
    [
        ("net-unreachable", 0), ("host-unreachable", 1), ("prot-unreachable", 2), ("port-unreachable", 3), ("frag-needed", 4),
        ("net-prohibited", 9), ("host-prohibited", 10), ("admin-prohibited", 13),
    ];

    internal static readonly (string Name, ushort Value)[] Icmpv6Types =
    [
        ("destination-unreachable", 1), ("packet-too-big", 2), ("time-exceeded", 3), ("parameter-problem", 4),
        ("echo-request", 128), ("echo-reply", 129), ("mld-listener-query", 130), ("mld-listener-report", 131),
        ("mld-listener-done", 132), ("mld-listener-reduction", 132), ("nd-router-solicit", 133), ("nd-router-advert", 134),
        ("nd-neighbor-solicit", 135), ("nd-neighbor-advert", 136), ("nd-redirect", 137), ("router-renumbering", 138),
        ("ind-neighbor-solicit", 141), ("ind-neighbor-advert", 142), ("mld2-listener-report", 143),
    ];

    internal static readonly (string Name, ushort Value)[] Icmpv6Codes =
    [
        ("no-route", 0), ("admin-prohibited", 1), ("addr-unreachable", 3), ("port-unreachable", 4), ("policy-fail", 5),
        ("reject-route", 6),
    ];

    internal static readonly (string Name, ushort Value)[] Dscps =
    [
        ("cs0", 0x00), ("cs1", 0x08), ("cs2", 0x10), ("cs3", 0x18), ("cs4", 0x20), ("cs5", 0x28), ("cs6", 0x30), ("cs7", 0x38),
        ("df", 0x00), ("be", 0x00), ("lephb", 0x01), ("af11", 0x0a), ("af12", 0x0c), ("af13", 0x0e), ("af21", 0x12), ("af22", 0x14),
        ("af23", 0x16), ("af31", 0x1a), ("af32", 0x1c), ("af33", 0x1e), ("af41", 0x22), ("af42", 0x24), ("af43", 0x26),
        ("va", 0x2c), ("ef", 0x2e),
    ];

    internal static readonly (string Name, ushort Value)[] NfProtos = [("ipv4", 2), ("ipv6", 10)];

    internal static readonly (string Name, ushort Value)[] Fragments = [("none", 0), ("first", 1), ("later", 2)];

    internal static readonly (string Name, ushort Value)[] TcpFlags =
    [
        ("fin", 0x01), ("syn", 0x02), ("rst", 0x04), ("psh", 0x08), ("ack", 0x10), ("urg", 0x20), ("ecn", 0x40), ("cwr", 0x80),
    ];

    public static bool TryGetValue(DataType type, ReadOnlySpan<char> name, out UInt128 value)
    {
        value = 0;
        if (type == DataType.InetService)
        {
            var known = ServiceNames.TryGetPort(name, out var port);
            value = port;
            return known;
        }
        foreach (var entry in DataTypeInfo.Of(type).Names)
        {
            if (!name.SequenceEqual(entry.Name)) continue;
            value = entry.Value;
            return true;
        }
        return false;
    }

    public static string? NameOf(DataType type, UInt128 value)
    {
        foreach (var (name, number) in DataTypeInfo.Of(type).Names)
            if (number == value) return name;
        return null;
    }

    public static IEnumerable<string> NamesOf(DataType type) => type switch
    {
        DataType.InetService => ServiceNames.All,
        _ => DataTypeInfo.Of(type).Names.Select(e => e.Name),
    };
}
