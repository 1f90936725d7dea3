using System.Globalization;
using Skep.Packets.Headers;

namespace Skep.Packets.Captures;

/// <summary>The link layers of captures (www.tcpdump.org/linktypes.html).</summary>
public static class LinkTypes
{
    /// <summary>LINKTYPE_NULL: an address family in the byte order of the machine that captured.</summary>
    public const int Null = 0;

    /// <summary>LINKTYPE_ETHERNET.</summary>
    public const int Ethernet = 1;

    /// <summary>LINKTYPE_RAW: packets begin with their IP header, of either version.</summary>
    public const int Raw = 101;

    /// <summary>LINKTYPE_LOOP: an address family in network byte order.</summary>
    public const int Loop = 108;

    /// <summary>LINKTYPE_LINUX_SLL: of <c>tcpdump -i any</c>.</summary>
    public const int LinuxCooked = 113;

    /// <summary>LINKTYPE_IPV4 and LINKTYPE_IPV6: packets begin with their IP header.</summary>
    public const int Ip = 228, Ip6 = 229;

    /// <summary>LINKTYPE_LINUX_SLL2: the same with the device's index.</summary>
    public const int LinuxCooked2 = 276;

    // DLT_RAW as some systems wrote it into files.
    private const int RawOfBsd = 12, RawOfOpenBsd = 14;

    /// <summary>The link layers whose packets are understood.</summary>
    public const string Known = "Ethernet 1, raw IP 12, 14, 101, 228 and 229, null 0, loop 108, Linux cooked 113 and 276";

    /// <summary>The link layer of packets that begin in some way.</summary>
    public static int Of(PacketStart start) => start == PacketStart.Ip ? Raw : Ethernet;

    /// <summary>Whether its packets are a bare IP packet.</summary>
    internal static bool IsRaw(int type) => type is Raw or RawOfBsd or RawOfOpenBsd or Ip or Ip6;

    /// <summary>libpcap's name of one that is understood; the number of another.</summary>
    public static string NameOf(int type) => type switch
    {
        Null => "null",
        Ethernet => "ethernet",
        Raw or RawOfBsd or RawOfOpenBsd => "raw",
        Loop => "loop",
        LinuxCooked => "linux_sll",
        Ip => "ipv4",
        Ip6 => "ipv6",
        LinuxCooked2 => "linux_sll2",
        _ => type.ToString(CultureInfo.InvariantCulture),
    };
}
