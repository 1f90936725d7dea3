using Skep.Filter.Model;

namespace Skep.Filter.Packets;

/// <summary>The link layers of captures (www.tcpdump.org/linktypes.html).</summary>
public static class LinkTypes
{
    /// <summary>LINKTYPE_ETHERNET.</summary>
    public const int Ethernet = 1;

    /// <summary>LINKTYPE_RAW: packets begin with their IP header, of either version.</summary>
    public const int Raw = 101;

    /// <summary>The link layer of packets that begin in some way.</summary>
    public static int Of(PacketStart start) => start == PacketStart.Ip ? Raw : Ethernet;
}
