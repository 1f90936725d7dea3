using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Linux.Network;

namespace Skep.Inventory.Objects;

/// <summary>The programs of the network stack, of all network namespaces that can be reached.</summary>
/// <param name="Places">The programs and where they are.</param>
/// <param name="Unread">Namespaces and devices that could not be read, each with the reason.</param>
public sealed record NetworkView(IReadOnlyList<NetworkPlace> Places, IReadOnlyList<string> Unread)
{
    private static readonly (BpfAttachType Type, string Name)[] DevicePlaces =
    [
        (BpfAttachType.TcxIngress, "tcx/ingress"), (BpfAttachType.TcxEgress, "tcx/egress"),
        (BpfAttachType.NetkitPrimary, "netkit/primary"), (BpfAttachType.NetkitPeer, "netkit/peer"),
    ];

    /// <summary>Reads the network stack of this moment.</summary>
    public static NetworkView Read()
    {
        var places = new List<NetworkPlace>();
        var unread = new List<string>();
        unread.AddRange(NetworkNamespaces.RunInEach(netns => Collect(netns, places, unread)));
        return new NetworkView(places, unread);
    }

    private static void Collect(NetworkNamespaceEntry netns, List<NetworkPlace> places, List<string> unread)
    {
        foreach (NetworkDevice device in NetworkDevices.List())
        {
            foreach (XdpProgram xdp in device.Xdp)
                places.Add(new NetworkPlace(NetworkPlaceKind.Xdp, netns, device, xdp.Mode.Name(), xdp.ProgramId, null, 0, []));
            foreach (TcFilter filter in NetworkDevices.Filters(device.IfIndex))
                places.Add(
                    new NetworkPlace(NetworkPlaceKind.Tc, netns, device, filter.Kind, filter.ProgramId, filter.Name, 0, filter.Actions));
            foreach ((BpfAttachType type, string name) in DevicePlaces) AddMulti(netns, device, type, name, places, unread);
        }

        // The thread's own: in this process's namespace and in one that it has entered.
        using SafeHandle file = KernelPath.Open("/proc/thread-self/ns/net");
        AddWhole(netns, file, BpfAttachType.FlowDissector, NetworkPlaceKind.FlowDissector, places, unread);
        AddWhole(netns, file, BpfAttachType.SkLookup, NetworkPlaceKind.SkLookup, places, unread);
    }

    private static void AddMulti(
        NetworkNamespaceEntry netns, NetworkDevice device, BpfAttachType type, string name, List<NetworkPlace> places, List<string> unread)
    {
        BpfQueryResult? found = BpfProgram.TryQuery(device.IfIndex, type, out Errno error);
        Check(error, $"{name} of {device.Name}", netns, unread);
        for (int i = 0; i < found?.ProgramIds.Length; i++)
        {
            uint link = i < found.LinkIds.Length ? found.LinkIds[i] : 0;
            places.Add(new NetworkPlace(NetworkPlaceKind.Multi, netns, device, name, found.ProgramIds[i], null, link, []));
        }
    }

    private static void AddWhole(
        NetworkNamespaceEntry netns, SafeHandle file, BpfAttachType type, NetworkPlaceKind kind, List<NetworkPlace> places,
        List<string> unread)
    {
        BpfQueryResult? found = BpfProgram.TryQuery(file, type, effective: false, out Errno error);
        Check(error, type.Name(), netns, unread);
        foreach (uint id in found?.ProgramIds ?? []) places.Add(new NetworkPlace(kind, netns, null, null, id, null, 0, []));
    }

    // The kernel does not know the place (EINVAL, EOPNOTSUPP), the device is not a netkit (ENXIO) or its peer side (EACCES), or it is gone.
    private static void Check(Errno error, string what, NetworkNamespaceEntry netns, List<string> unread)
    {
        if (error.Number != 0 && error.Name is not ("EINVAL" or "EOPNOTSUPP" or "ENXIO" or "EACCES" or "ENOENT" or "ENODEV"))
            unread.Add($"{what} in netns {netns.Inode}: {error}");
    }
}
