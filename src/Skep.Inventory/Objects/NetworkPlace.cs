using Skep.Inventory.Machine;
using Skep.Linux.Network;

namespace Skep.Inventory.Objects;

/// <summary>Where the network stack runs a program.</summary>
public enum NetworkPlaceKind
{
    /// <summary>XDP.</summary>
    Xdp,

    /// <summary>A filter of tc.</summary>
    Tc,

    /// <summary>tcx or netkit.</summary>
    Multi,

    /// <summary>The flow dissector of a network namespace.</summary>
    FlowDissector,

    /// <summary>The socket lookup of a network namespace.</summary>
    SkLookup,
}

/// <summary>A program in the network stack.</summary>
/// <param name="Kind">Where.</param>
/// <param name="Netns">The network namespace.</param>
/// <param name="Device">The device; null for places of the whole namespace.</param>
/// <param name="Detail">XDP's mode; tc's place; <c>tcx/ingress</c>; null for places of the whole namespace.</param>
/// <param name="ProgramId">The program; 0 for classic BPF.</param>
/// <param name="Name">tc's name of a filter; null for others.</param>
/// <param name="LinkId">The link, of tcx and netkit; 0 for none.</param>
/// <param name="Actions">tc's actions of a filter.</param>
public sealed record NetworkPlace(
    NetworkPlaceKind Kind, NetworkNamespaceEntry Netns, NetworkDevice? Device, string? Detail, uint ProgramId, string? Name, uint LinkId,
    IReadOnlyList<TcAction> Actions)
{
    /// <summary>The device and its network namespace, in words.</summary>
    public string Where
    {
        get
        {
            string netns = Netns.Name is { } name ? $"netns {name} ({Netns.Inode})" : $"netns {Netns.Inode}";
            return Device is { } device ? $"{device.Name} (ifindex {device.IfIndex}, {netns})" : netns;
        }
    }
}
