namespace Skep.Filter.Model;

/// <summary>Which fields can share a place, because no packet has both: ports of different protocols, fields of IPv4 and IPv6.</summary>
internal static class FieldPlaces
{
    /// <summary>The field whose place a field has, of the same width.</summary>
    internal static Field Of(Field field) => field switch
    {
        Field.UdpSport or Field.SctpSport => Field.TcpSport,
        Field.UdpDport or Field.SctpDport => Field.TcpDport,
        Field.Icmpv6Type => Field.IcmpType,
        Field.Icmpv6Code => Field.IcmpCode,
        Field.Ip6Nexthdr => Field.IpProtocol,
        Field.Ip6Hoplimit => Field.IpTtl,
        Field.Ip6Dscp => Field.IpDscp,
        Field.Ip6Length => Field.IpLength,
        Field.Ip6Frag => Field.IpFrag,
        _ => field,
    };
}
