using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Generate;

/// <summary>A device that generated packets go out of.</summary>
/// <param name="Device">The device.</param>
public sealed record SendingDevice(NetworkDevice Device)
{
    // An Ethernet header and a VLAN tag (xdp_ok_fwd_dev of include/linux/filter.h allows both above the MTU).
    private const int HeaderRoom = 18;

    /// <summary>The longest frame that it takes.</summary>
    public int LongestFrame => (int)Math.Min(Device.Mtu + HeaderRoom, FrameSender.MostBytes);

    /// <summary>Whether packets stay on this machine, or in a network namespace made for it.</summary>
    public bool IsApart => Device.Kind == "veth" || IsOtherNamespace();

    /// <summary>Why frames cannot be sent out of it now; null when they can.</summary>
    public string? Obstacle
    {
        get
        {
            if (Device.Type != 1) return "it is not an Ethernet device";
            if (!Device.IsUp) return $"it is down (ip link set {Device.Name} up)";
            if (XdpFeatures.Read() is { } features && !features.GetValueOrDefault(Device.IfIndex).HasFlag(XdpFeature.Transmit))
                return "its driver cannot send frames of XDP now (a veth can when its peer has an XDP program or gro on: "
                    + "ethtool -K PEER gro on; many drivers when the device itself has an XDP program)";
            return null;
        }
    }

    /// <summary>Finds a device of this network namespace.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="BpfException">There is none of that name.</exception>
    public static SendingDevice Find(string name)
    {
        var index = XdpDevice.IndexOf(name);
        return new(NetworkDevices.Find(index) ?? throw new IOException($"find device {name}: it was removed"));
    }

    private static bool IsOtherNamespace() =>
        FileIdentity.Inode("/proc/1/ns/net") is { } first && NetworkNamespace.Current() is { } own && own != first;
}
