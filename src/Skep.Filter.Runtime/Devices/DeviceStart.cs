using System.Buffers.Binary;
using Skep.Linux.Network;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Devices;

/// <summary>What packets of a device begin with when an XDP program gets them.</summary>
internal static class DeviceStart
{
    // include/uapi/linux/if_arp.h.
    private const ushort Ethernet = 1, Loopback = 772;
    private const ushort Ppp = 512, RawIp = 519, Tunnel = 768, Tunnel6 = 769, Sit = 776, IpGre = 778, Ip6Gre = 823, None = 0xfffe;

    // Kinds that set the link-layer header of a packet to where its IP header is (skb_reset_mac_header). Hardware has no kind.
    private static readonly string[] s_reset = ["", "tun", "wireguard", "ppp", "vxlan", "wwan", "rmnet"];

    // Those that do so since Linux 5.14 ("net: reset MAC header consistently across L3 virtual devices").
    private static readonly string[] s_resetSince514 = ["ipip", "sit", "ip6tnl", "gre", "ip6gre", "bareudp", "gtp"];
    private static readonly Version s_resetting = new(5, 14);

    /// <summary>Finds it out.</summary>
    /// <param name="device">The device.</param>
    /// <param name="kernel">The version of the kernel.</param>
    /// <param name="reason">Why rules cannot be right there; empty when they can.</param>
    /// <returns>Null when rules cannot be right there.</returns>
    internal static PacketStart? Of(NetworkDevice device, Version kernel, out string reason)
    {
        reason = device.Type switch
        {
            Ethernet or Loopback => device.IsTap == false ? Misnamed("a tun, which has no Ethernet header") : "",
            Ppp or RawIp or Tunnel or Tunnel6 or Sit or IpGre or Ip6Gre or None =>
                device.IsTap == true ? Misnamed("a tap, which has an Ethernet header") : OuterHeader(device, kernel),
            _ =>
                $"its packets begin neither with an Ethernet nor with an IP header (device type {device.Type}"
                + $"{(device.Kind.Length > 0 ? $", {device.Kind}" : "")})",
        };
        if (reason.Length > 0) return null;
        return device.Type is Ethernet or Loopback ? PacketStart.Ethernet : PacketStart.Ip;

        string Misnamed(string what) => $"it is {what}, but names its type {device.Type} (TUNSETLINK)";
    }

    /// <summary>Why a program gets more than the inner packet of a tunnel.</summary>
    private static string OuterHeader(NetworkDevice device, Version kernel) => device.Kind switch
    {
        // net/xfrm/xfrm_input.c keeps the link-layer header that the outer packet came with.
        "vti" or "vti6" or "xfrm" =>
            $"packets of a device of kind {device.Kind} keep the link-layer header of the device that they came in by (filter that one)",

        // net/ipv4/ip_gre.c, ipgre_tunnel_init: such a device has a header of its own, the outer one.
        "gre" when !HasOneOtherEnd(device.Broadcast) =>
            "packets of a GRE device without one remote address begin with their outer header (give it a remote address, or filter the "
            + "device below)",
        _ when s_resetSince514.Contains(device.Kind) => kernel >= s_resetting ? ""
            : $"packets of a device of kind {device.Kind} begin with their outer header before Linux 5.14 (filter the device below)",
        _ when s_reset.Contains(device.Kind) => "",
        _ => $"it is not known what packets of a device of kind {device.Kind} begin with (filter the device below)",
    };

    private static bool HasOneOtherEnd(byte[] address) =>
        address.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(address) is not 0 && (address[0] & 0xf0) != 0xe0;
}
