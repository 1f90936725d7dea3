namespace Skep.Packets.Headers;

/// <summary>What a packet begins with, by the kind of device or of capture that it comes from.</summary>
public enum PacketStart
{
    /// <summary>An Ethernet header.</summary>
    Ethernet,

    /// <summary>
    /// An IP header, whose version its first half byte is: of tun, WireGuard, PPP and IP tunnels, and of captures of link type raw. There
    /// is no Ethernet header and no VLAN tag.
    /// </summary>
    Ip,
}
