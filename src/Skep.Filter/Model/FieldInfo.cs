using System.Collections.Frozen;
using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>What is known of a field before any packet.</summary>
/// <param name="Field">The field.</param>
/// <param name="Name">Its name in rule text, two words.</param>
/// <param name="Bits">Its width in bits.</param>
/// <param name="Type">How its values are written.</param>
/// <param name="Header">The header it lies in; without it a match does not match.</param>
/// <param name="Settable">Whether <c>FIELD set VALUE</c> may change it.</param>
public sealed record FieldInfo(Field Field, string Name, int Bits, DataType Type, Header Header, bool Settable)
{
    private static readonly FieldInfo[] Table =
    [
        new(Field.EtherSaddr, "ether saddr", 48, DataType.EtherAddr, Header.Ether, true),
        new(Field.EtherDaddr, "ether daddr", 48, DataType.EtherAddr, Header.Ether, true),
        new(Field.EtherType, "ether type", 16, DataType.EtherType, Header.Ether, false),
        new(Field.VlanId, "vlan id", 12, DataType.Integer, Header.Vlan, true),
        new(Field.VlanPcp, "vlan pcp", 3, DataType.Integer, Header.Vlan, true),
        new(Field.IpSaddr, "ip saddr", 32, DataType.Ipv4Addr, Header.Ip, true),
        new(Field.IpDaddr, "ip daddr", 32, DataType.Ipv4Addr, Header.Ip, true),
        new(Field.IpProtocol, "ip protocol", 8, DataType.InetProto, Header.Ip, false),
        new(Field.IpTtl, "ip ttl", 8, DataType.Integer, Header.Ip, true),
        new(Field.IpDscp, "ip dscp", 6, DataType.Dscp, Header.Ip, true),
        new(Field.IpLength, "ip length", 16, DataType.Integer, Header.Ip, false),
        new(Field.IpFrag, "ip frag", 2, DataType.Fragment, Header.Ip, false),
        new(Field.Ip6Saddr, "ip6 saddr", 128, DataType.Ipv6Addr, Header.Ip6, true),
        new(Field.Ip6Daddr, "ip6 daddr", 128, DataType.Ipv6Addr, Header.Ip6, true),
        new(Field.Ip6Nexthdr, "ip6 nexthdr", 8, DataType.InetProto, Header.Ip6, false),
        new(Field.Ip6Hoplimit, "ip6 hoplimit", 8, DataType.Integer, Header.Ip6, true),
        new(Field.Ip6Dscp, "ip6 dscp", 6, DataType.Dscp, Header.Ip6, true),
        new(Field.Ip6Length, "ip6 length", 16, DataType.Integer, Header.Ip6, false),
        new(Field.Ip6Frag, "ip6 frag", 2, DataType.Fragment, Header.Ip6Chain, false),
        new(Field.TcpSport, "tcp sport", 16, DataType.InetService, Header.Tcp, true),
        new(Field.TcpDport, "tcp dport", 16, DataType.InetService, Header.Tcp, true),
        new(Field.TcpFlags, "tcp flags", 8, DataType.TcpFlag, Header.Tcp, false),
        new(Field.UdpSport, "udp sport", 16, DataType.InetService, Header.Udp, true),
        new(Field.UdpDport, "udp dport", 16, DataType.InetService, Header.Udp, true),
        new(Field.SctpSport, "sctp sport", 16, DataType.InetService, Header.Sctp, false),
        new(Field.SctpDport, "sctp dport", 16, DataType.InetService, Header.Sctp, false),
        new(Field.IcmpType, "icmp type", 8, DataType.IcmpType, Header.Icmp, false),
        new(Field.IcmpCode, "icmp code", 8, DataType.IcmpCode, Header.Icmp, false),
        new(Field.Icmpv6Type, "icmpv6 type", 8, DataType.Icmpv6Type, Header.Icmpv6, false),
        new(Field.Icmpv6Code, "icmpv6 code", 8, DataType.Icmpv6Code, Header.Icmpv6, false),
        new(Field.MetaLength, "meta length", 32, DataType.Integer, Header.Frame, false),
        new(Field.MetaL4proto, "meta l4proto", 8, DataType.InetProto, Header.Upper, false),
        new(Field.MetaNfproto, "meta nfproto", 8, DataType.NfProto, Header.Network, false),
    ];

    private static readonly FrozenDictionary<string, FieldInfo> ByName = Table.ToFrozenDictionary(f => f.Name);

    /// <summary>All fields, in the order of <see cref="Model.Field"/>.</summary>
    public static IReadOnlyList<FieldInfo> All => Table;

    /// <summary>All values of the field.</summary>
    public Interval Domain => new(0, Type switch
    {
        DataType.Fragment => 2,
        _ => Interval.Mask(Bits),
    });

    /// <summary>What is known of a field.</summary>
    /// <param name="field">The field.</param>
    /// <returns>Its description.</returns>
    public static FieldInfo Of(Field field) => Table[(int)field];

    internal static FieldInfo? Find(string name) => ByName.GetValueOrDefault(name);
}
