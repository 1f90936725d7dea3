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

    /// <summary>
    /// A network interface: its index, 32 bits, or its name (<see cref="InterfaceName"/>) as long as that is not looked up.
    /// </summary>
    IfaceIndex,
}

/// <summary>How values are written that have no name.</summary>
public enum ValueStyle
{
    /// <summary>As a decimal number.</summary>
    Number,

    /// <summary>As a decimal number, also where the value has a name.</summary>
    NumberOnly,

    /// <summary>As two hexadecimal digits; ranges are decimal.</summary>
    Hex2,

    /// <summary>As four hexadecimal digits.</summary>
    Hex4,

    /// <summary>As an IPv4 address or a prefix.</summary>
    Ipv4,

    /// <summary>As an IPv6 address or a prefix.</summary>
    Ipv6,

    /// <summary>As a link-layer address.</summary>
    Ether,

    /// <summary>As names joined by bars.</summary>
    Flags,

    /// <summary>By name only.</summary>
    Names,

    /// <summary>As the name of an interface or its index.</summary>
    Interface,
}

/// <summary>The facts of a type of values, which reading, writing and messages go by.</summary>
/// <param name="Type">The type.</param>
/// <param name="SetName">Its name as the type of a named set; null when no set holds it.</param>
/// <param name="Bits">Its width in a set.</param>
/// <param name="Style">How values without a name are written.</param>
/// <param name="Description">What a value looks like, for messages; null for a number in the field's range.</param>
public sealed record DataTypeInfo(DataType Type, string? SetName, int Bits, ValueStyle Style, string? Description)
{
    private static readonly DataTypeInfo[] Table =
    [
        new(DataType.Ipv4Addr, "ipv4_addr", 32, ValueStyle.Ipv4, "an IPv4 address like 10.0.0.1 or a prefix like 10.0.0.0/8"),
        new(DataType.Ipv6Addr, "ipv6_addr", 128, ValueStyle.Ipv6, "an IPv6 address like 2001:db8::1 or a prefix like 2001:db8::/32"),
        new(DataType.EtherAddr, "ether_addr", 48, ValueStyle.Ether, "a link-layer address like 52:54:00:00:00:01"),
        new(DataType.EtherType, "ether_type", 16, ValueStyle.Hex4, "an EtherType like ip, ip6, arp or 0x0806")
        {
            Names = ValueNames.EtherTypes,
        },
        new(DataType.InetProto, "inet_proto", 8, ValueStyle.Number, "a protocol like tcp, udp, icmp or a number to 255")
        {
            Names = ValueNames.Protocols,
        },
        new(DataType.InetService, "inet_service", 16, ValueStyle.NumberOnly, "a port from 0 to 65535 or a service name like ssh"),
        new(DataType.IcmpType, "icmp_type", 8, ValueStyle.Number, "an ICMP type like echo-request or a number to 255")
        {
            Names = ValueNames.IcmpTypes,
        },
        new(DataType.IcmpCode, "icmp_code", 8, ValueStyle.Number, "an ICMP code like port-unreachable or a number to 255")
        {
            Names = ValueNames.IcmpCodes,
        },
        new(DataType.Icmpv6Type, "icmpv6_type", 8, ValueStyle.Number, "an ICMPv6 type like echo-request or a number to 255")
        {
            Names = ValueNames.Icmpv6Types,
        },
        new(DataType.Icmpv6Code, "icmpv6_code", 8, ValueStyle.Number, "an ICMPv6 code like no-route or a number to 255")
        {
            Names = ValueNames.Icmpv6Codes,
        },
        new(DataType.Dscp, "dscp", 6, ValueStyle.Hex2, "a code point like af11, ef or a number to 0x3f") { Names = ValueNames.Dscps },
        new(DataType.NfProto, "nf_proto", 8, ValueStyle.Number, "ipv4 or ipv6") { Names = ValueNames.NfProtos, IsOrdered = false },
        new(DataType.TcpFlag, null, 8, ValueStyle.Flags, "TCP flags out of fin, syn, rst, psh, ack, urg, ecn, cwr")
        {
            Names = ValueNames.TcpFlags,
        },
        new(DataType.Fragment, null, 2, ValueStyle.Names, "none, first or later") { Names = ValueNames.Fragments, IsOrdered = false },
        new(DataType.Integer, null, 0, ValueStyle.NumberOnly, null),
        new(DataType.IfaceIndex, null, 32, ValueStyle.Interface, "the name of an interface like eth0, or its index") { IsOrdered = false },
    ];

    /// <summary>The types that a named set can hold.</summary>
    public static IEnumerable<string> SetNames => Table.Select(t => t.SetName).OfType<string>();

    /// <summary>The names of values; the first of several is printed.</summary>
    public (string Name, ushort Value)[] Names { get; init; } = [];

    /// <summary>Whether values are compared by <c>&lt;</c> and <c>&gt;</c>.</summary>
    public bool IsOrdered { get; init; } = true;

    /// <summary>Whether a value with a length behind a slash is a prefix.</summary>
    public bool HasPrefixes => Style is ValueStyle.Ipv4 or ValueStyle.Ipv6;

    public static DataTypeInfo Of(DataType type) => Table[(int)type];

    public static DataType? Find(string name) => Array.Find(Table, t => t.SetName == name)?.Type;

    public static string? NameOf(DataType type) => Of(type).SetName;

    /// <summary>The width of a type that a set can hold.</summary>
    public static int BitsOf(DataType type) => Of(type) is { SetName: not null, Bits: var bits } ? bits
        : throw new ArgumentOutOfRangeException(nameof(type), type, "no set holds this type");
}
