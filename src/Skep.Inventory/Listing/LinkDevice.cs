using Skep.Inventory.Objects;
using Skep.Linux.Network;

namespace Skep.Inventory.Listing;

/// <summary>The device of a link, which tells an index only, and not of which network namespace.</summary>
/// <param name="Name">
/// bpftool's words: the name, <c>(unknown)</c> where it is not known, <c>(detached)</c> for one that has been removed.
/// </param>
/// <param name="Netns">
/// The inode of its network namespace, where that is another than this process's; null else, and where it is not known.
/// </param>
public readonly record struct LinkDevice(string Name, ulong? Netns)
{
    private const string Unknown = "(unknown)";

    private static readonly Lazy<Dictionary<(ulong Netns, uint IfIndex), NetworkDevice>> Devices = new(Read);
    private static readonly Lazy<ulong> Own = new(() => NetworkNamespace.Current() ?? 0);

    public static LinkDevice Of(uint ifIndex, uint link, uint program)
    {
        if (ifIndex == 0) return new("(detached)", null);
        if (LinkNamespaces.Find(link) is not { } netns)
        {
            // Linux before 5.19: the index is one of this namespace where the device of this index runs the link's program.
            return new(Find(Own.Value, ifIndex) is { } own && own.Xdp.Any(xdp => xdp.ProgramId == program) ? own.Name : Unknown, null);
        }

        return new(Find(netns, ifIndex)?.Name ?? Unknown, netns == Own.Value ? null : netns);
    }

    /// <summary>The name of a device of this process's network namespace; null for none.</summary>
    public static string? OfThisNamespace(uint ifIndex) => Find(Own.Value, ifIndex)?.Name;

    private static NetworkDevice? Find(ulong netns, uint ifIndex) => Devices.Value.GetValueOrDefault((netns, ifIndex));

    private static Dictionary<(ulong, uint), NetworkDevice> Read()
    {
        var devices = new Dictionary<(ulong, uint), NetworkDevice>();
        _ = NetworkNamespaces.RunInEach(netns =>
        {
            foreach (NetworkDevice device in NetworkDevices.List()) devices[(netns.Inode, device.IfIndex)] = device;
        });
        return devices;
    }
}
