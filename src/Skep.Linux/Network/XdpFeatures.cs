using System.Runtime.InteropServices;
using Skep.Linux.Errors;

namespace Skep.Linux.Network;

/// <summary>What XDP can do on a device (<c>enum netdev_xdp_act</c>, include/uapi/linux/netdev.h).</summary>
[Flags]
public enum XdpFeature : ulong
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Programs run in the driver: drop, pass, abort, tx.</summary>
    Basic = 1 << 0,

    /// <summary>Programs may redirect.</summary>
    Redirect = 1 << 1,

    /// <summary>
    /// The device sends frames that others redirect to it. Many drivers can only while they run a program; a veth while its peer polls
    /// (NAPI).
    /// </summary>
    Transmit = 1 << 2,

    /// <summary>AF_XDP sockets without copying.</summary>
    ZeroCopy = 1 << 3,

    /// <summary>Programs run in the card.</summary>
    Offload = 1 << 4,

    /// <summary>Programs get packets of several buffers.</summary>
    ScatterGather = 1 << 5,

    /// <summary>Such packets can be redirected to the device.</summary>
    TransmitScatterGather = 1 << 6,
}

/// <summary>
/// Asks what XDP can do on the devices of this thread's network namespace: the generic netlink family <c>netdev</c>, Linux 6.3.
/// </summary>
public static class XdpFeatures
{
    // include/uapi/linux/genetlink.h, netdev.h. Behind struct nlmsghdr there is struct genlmsghdr: command, version, two bytes.
    private const ushort GENL_ID_CTRL = 16, CTRL_ATTR_FAMILY_ID = 1, CTRL_ATTR_FAMILY_NAME = 2, NETDEV_A_DEV_IFINDEX = 1,
        NETDEV_A_DEV_XDP_FEATURES = 3;
    private const byte CTRL_CMD_GETFAMILY = 3, NETDEV_CMD_DEV_GET = 1, Version = 1;
    private const int HeaderLength = 4;

    /// <summary>Reads the features of all devices as they are now.</summary>
    /// <returns>The features by device index; null when the kernel does not tell.</returns>
    /// <exception cref="KernelException">The socket failed.</exception>
    public static IReadOnlyDictionary<uint, XdpFeature>? Read()
    {
        using RouteSocket socket = RouteSocket.OpenGeneric();
        ushort family = 0;
        socket.Dump(GENL_ID_CTRL, [CTRL_CMD_GETFAMILY, Version, 0, 0], (_, message) => family = Family(message) ?? family);
        if (family == 0) return null;
        var features = new Dictionary<uint, XdpFeature>();
        bool isTold = socket.Dump(family, [NETDEV_CMD_DEV_GET, Version, 0, 0], (_, message) =>
        {
            uint index = 0;
            ulong bits = 0;
            var attributes = new RouteAttributes(message[Math.Min(HeaderLength, message.Length)..]);
            while (attributes.Next())
            {
                if (attributes.Type == NETDEV_A_DEV_IFINDEX) index = attributes.U32;
                else if (attributes.Type == NETDEV_A_DEV_XDP_FEATURES && attributes.Value.Length >= sizeof(ulong))
                    bits = MemoryMarshal.Read<ulong>(attributes.Value);
            }

            features[index] = (XdpFeature)bits;
        });
        return isTold ? features : null;
    }

    private static ushort? Family(ReadOnlySpan<byte> message)
    {
        ushort id = 0;
        string name = "";
        var attributes = new RouteAttributes(message[Math.Min(HeaderLength, message.Length)..]);
        while (attributes.Next())
        {
            if (attributes.Type == CTRL_ATTR_FAMILY_ID && attributes.Value.Length >= sizeof(ushort))
                id = MemoryMarshal.Read<ushort>(attributes.Value);
            else if (attributes.Type == CTRL_ATTR_FAMILY_NAME) name = attributes.Text;
        }

        return name == "netdev" ? id : null;
    }
}
