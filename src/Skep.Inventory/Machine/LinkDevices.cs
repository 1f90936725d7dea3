using Skep.Linux.Network;

namespace Skep.Inventory.Machine;

/// <summary>The device of a link, which tells an index only, and not of which network namespace.</summary>
/// <param name="Name">
/// bpftool's words: the name, <c>(unknown)</c> where it is not known, <c>(detached)</c> for one that has been removed.
/// </param>
/// <param name="Netns">
/// The inode of its network namespace, where that is another than this process's; null else, and where it is not known.
/// </param>
internal readonly record struct LinkDevice(string Name, ulong? Netns);

/// <summary>The network devices of all namespaces, read when the first is asked for.</summary>
internal sealed class LinkDevices(LinkNamespaces namespaces)
{
    private const string Unknown = "(unknown)";

    private readonly Lazy<Dictionary<(ulong Netns, uint IfIndex), NetworkDevice>> _devices = new(Read);
    private readonly Lazy<ulong> _own = new(() => NetworkNamespace.Current() ?? 0);

    public LinkDevice Of(uint ifIndex, uint link, uint program)
    {
        if (ifIndex == 0) return new("(detached)", null);
        if (namespaces.Find(link) is not { } netns)
        {
            // Linux before 5.19: the index is one of this namespace where the device of this index runs the link's program.
            return new(Find(_own.Value, ifIndex) is { } own && own.Xdp.Any(xdp => xdp.ProgramId == program) ? own.Name : Unknown, null);
        }

        return new(Find(netns, ifIndex)?.Name ?? Unknown, netns == _own.Value ? null : netns);
    }

    /// <summary>The name of a device of this process's network namespace; null for none.</summary>
    public string? OfThisNamespace(uint ifIndex) => Find(_own.Value, ifIndex)?.Name;

    private NetworkDevice? Find(ulong netns, uint ifIndex) => _devices.Value.GetValueOrDefault((netns, ifIndex));

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
