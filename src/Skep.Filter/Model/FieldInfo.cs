using System.Collections.Frozen;
using Skep.Packets.Values;

namespace Skep.Filter.Model;

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

    /// <summary><c>meta iif</c>: the index of the interface that the packet came in by.</summary>
    MetaIif,
}

/// <summary>Where the value of a field is found.</summary>
public enum FieldSource
{
    /// <summary>In the bytes of its header: <see cref="FieldInfo.Offset"/> and <see cref="FieldInfo.Shift"/> give the place.</summary>
    Header,

    /// <summary>The EtherType behind the VLAN tags that were looked through.</summary>
    EtherType,

    /// <summary>The place in a fragmented datagram.</summary>
    Fragment,

    /// <summary>The upper protocol, behind IPv6 extension headers.</summary>
    Protocol,

    /// <summary>The version of IP, as a network protocol.</summary>
    Version,

    /// <summary>The packet's length.</summary>
    Length,

    /// <summary>A word of the context, <c>struct xdp_md</c>: at <see cref="FieldInfo.Offset"/>.</summary>
    Context,
}

/// <summary>
/// The facts of a field, which the parser, the checker, the formatter, the reference and the compiler go by. A field in the bytes of a
/// header needs a name in <see cref="Model.Field"/> and a row here, and nothing else.
/// </summary>
/// <param name="Field">The field.</param>
/// <param name="Name">Its name in rule text, two words.</param>
/// <param name="Bits">Its width in bits.</param>
/// <param name="Type">How its values are written.</param>
/// <param name="Header">Its header; without it a match does not match.</param>
/// <param name="Source">Where its value is found.</param>
public sealed record FieldInfo(Field Field, string Name, int Bits, DataType Type, Header Header, FieldSource Source = FieldSource.Header)
{
    private const int LongestName = 32;

    private static readonly FieldInfo[] Table =
    [
        new(Field.EtherSaddr, "ether saddr", 48, DataType.EtherAddr, Header.Ether) { Offset = 6, Settable = true },
        new(Field.EtherDaddr, "ether daddr", 48, DataType.EtherAddr, Header.Ether) { Offset = 0, Settable = true },
        new(Field.EtherType, "ether type", 16, DataType.EtherType, Header.Ether, FieldSource.EtherType),
        new(Field.VlanId, "vlan id", 12, DataType.Integer, Header.Vlan) { Offset = 0, Settable = true },
        new(Field.VlanPcp, "vlan pcp", 3, DataType.Integer, Header.Vlan) { Offset = 0, Shift = 13, Settable = true },
        new(Field.IpSaddr, "ip saddr", 32, DataType.Ipv4Addr, Header.Ip) { Offset = 12, Settable = true },
        new(Field.IpDaddr, "ip daddr", 32, DataType.Ipv4Addr, Header.Ip) { Offset = 16, Settable = true },
        new(Field.IpProtocol, "ip protocol", 8, DataType.InetProto, Header.Ip) { Offset = 9 },
        new(Field.IpTtl, "ip ttl", 8, DataType.Integer, Header.Ip) { Offset = 8, Settable = true },
        new(Field.IpDscp, "ip dscp", 6, DataType.Dscp, Header.Ip) { Offset = 1, Shift = 2, Settable = true },
        new(Field.IpLength, "ip length", 16, DataType.Integer, Header.Ip) { Offset = 2 },
        new(Field.IpFrag, "ip frag", 2, DataType.Fragment, Header.Ip, FieldSource.Fragment),
        new(Field.Ip6Saddr, "ip6 saddr", 128, DataType.Ipv6Addr, Header.Ip6) { Offset = 8, Settable = true },
        new(Field.Ip6Daddr, "ip6 daddr", 128, DataType.Ipv6Addr, Header.Ip6) { Offset = 24, Settable = true },
        new(Field.Ip6Nexthdr, "ip6 nexthdr", 8, DataType.InetProto, Header.Ip6) { Offset = 6 },
        new(Field.Ip6Hoplimit, "ip6 hoplimit", 8, DataType.Integer, Header.Ip6) { Offset = 7, Settable = true },
        new(Field.Ip6Dscp, "ip6 dscp", 6, DataType.Dscp, Header.Ip6) { Offset = 0, Shift = 6, Settable = true },
        new(Field.Ip6Length, "ip6 length", 16, DataType.Integer, Header.Ip6) { Offset = 4 },
        new(Field.Ip6Frag, "ip6 frag", 2, DataType.Fragment, Header.Ip6Chain, FieldSource.Fragment),
        new(Field.TcpSport, "tcp sport", 16, DataType.InetService, Header.Tcp) { Offset = 0, Settable = true },
        new(Field.TcpDport, "tcp dport", 16, DataType.InetService, Header.Tcp) { Offset = 2, Settable = true },
        new(Field.TcpFlags, "tcp flags", 8, DataType.TcpFlag, Header.Tcp) { Offset = 13 },
        new(Field.UdpSport, "udp sport", 16, DataType.InetService, Header.Udp) { Offset = 0, Settable = true },
        new(Field.UdpDport, "udp dport", 16, DataType.InetService, Header.Udp) { Offset = 2, Settable = true },
        new(Field.SctpSport, "sctp sport", 16, DataType.InetService, Header.Sctp) { Offset = 0 },
        new(Field.SctpDport, "sctp dport", 16, DataType.InetService, Header.Sctp) { Offset = 2 },
        new(Field.IcmpType, "icmp type", 8, DataType.IcmpType, Header.Icmp) { Offset = 0 },
        new(Field.IcmpCode, "icmp code", 8, DataType.IcmpCode, Header.Icmp) { Offset = 1 },
        new(Field.Icmpv6Type, "icmpv6 type", 8, DataType.Icmpv6Type, Header.Icmpv6) { Offset = 0 },
        new(Field.Icmpv6Code, "icmpv6 code", 8, DataType.Icmpv6Code, Header.Icmpv6) { Offset = 1 },
        new(Field.MetaLength, "meta length", 32, DataType.Integer, Header.Frame, FieldSource.Length),
        new(Field.MetaL4proto, "meta l4proto", 8, DataType.InetProto, Header.Upper, FieldSource.Protocol),
        new(Field.MetaNfproto, "meta nfproto", 8, DataType.NfProto, Header.Network, FieldSource.Version),
        new(Field.MetaIif, "meta iif", 32, DataType.IfaceIndex, Header.Frame, FieldSource.Context) { Offset = 12 },
    ];

    private static readonly FrozenDictionary<string, FieldInfo> ByName = Table.ToFrozenDictionary(f => f.Name);

    private static readonly FrozenSet<string> FirstWords = Table.Select(f => f.Name[..f.Name.IndexOf(' ')]).ToFrozenSet();

    /// <summary>All fields, in the order of <see cref="Model.Field"/>.</summary>
    public static IReadOnlyList<FieldInfo> All => Table;

    /// <summary>Where its first byte is, from the start of its header; in a VLAN tag from its control information on.</summary>
    public int Offset { get; init; }

    /// <summary>The bits behind it in its bytes.</summary>
    public int Shift { get; init; }

    /// <summary>Whether <c>FIELD set VALUE</c> may change it.</summary>
    public bool Settable { get; init; }

    /// <summary>The bytes that contain it, read as one number, most significant byte first.</summary>
    public int Bytes => (Bits + Shift) switch
    {
        <= 8 => 1,
        <= 16 => 2,
        <= 32 => 4,
        <= 48 => 6,
        _ => 16,
    };

    /// <summary>The bits of those bytes that are its own, of a field of at most 16 bits.</summary>
    internal int Mask => ((1 << Bits) - 1) << Shift;

    /// <summary>Whether the checksum of a transport header covers it: ports, and the addresses of the pseudo-header.</summary>
    internal bool IsCoveredByTransport => Header is Header.Tcp or Header.Udp || Type is DataType.Ipv4Addr or DataType.Ipv6Addr;

    /// <summary>All values of the field.</summary>
    public Interval Domain { get; } = new(0, Type == DataType.Fragment ? 2 : Interval.Mask(Bits));

    /// <summary>What is known of a field.</summary>
    /// <param name="field">The field.</param>
    /// <returns>Its description.</returns>
    public static FieldInfo Of(Field field) => Table[(int)field];

    internal static FieldInfo? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The field of a name's two words; null for none.</summary>
    internal static FieldInfo? Find(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        Span<char> name = stackalloc char[LongestName];
        if (first.Length + 1 + second.Length > name.Length) return null;
        first.CopyTo(name);
        name[first.Length] = ' ';
        second.CopyTo(name[(first.Length + 1)..]);
        return ByName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[..(first.Length + 1 + second.Length)], out var info)
            ? info : null;
    }

    /// <summary>Whether a word begins the name of a field.</summary>
    internal static bool IsFirstWord(ReadOnlySpan<char> word) => FirstWords.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);

    /// <summary>The fields in the bytes of a header.</summary>
    internal static IEnumerable<FieldInfo> In(Header header) => Table.Where(f => f.Source == FieldSource.Header && f.Header == header);
}
