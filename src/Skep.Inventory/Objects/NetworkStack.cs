using Skep.Inventory.Machine;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>All programs of the network: at devices, in whole namespaces, at hooks, of sockets, of routes.</summary>
/// <param name="View">Those at devices and of whole namespaces.</param>
/// <param name="Netfilter">Those at netfilter hooks.</param>
/// <param name="Sockets">The sockets that have code.</param>
/// <param name="Routes">The routes that run programs.</param>
public sealed record NetworkStack(NetworkView View, IReadOnlyList<NetfilterPlace> Netfilter, IReadOnlyList<ListedSocket> Sockets,
    IReadOnlyList<RoutePlace> Routes)
{
    /// <summary>Reads the network of this moment. What could not be read is among <see cref="NetworkView.Unread"/>.</summary>
    /// <param name="machine">Names what is found.</param>
    /// <param name="device">Only what is at devices of this name; null for all.</param>
    /// <exception cref="Skep.Linux.Errors.KernelException">Links may not be walked.</exception>
    public static NetworkStack Read(MachineSnapshot machine, string? device)
    {
        NetworkView view = NetworkView.Read();
        if (device is not null)
            return new NetworkStack(view with { Places = [.. view.Places.Where(place => place.Device?.Name == device)] }, [], [], []);
        IReadOnlyList<NetfilterPlace> netfilter = NetfilterView.Read(machine);
        OwnerIndex owners = OwnerIndex.Read(machine.Types);
        RouteView routes = RouteView.Read();
        IEnumerable<string> unread = view.Unread.Concat(routes.Unread).Distinct();
        if (owners.Reason is { } reason) unread = unread.Append($"sockets: {reason}");
        return new NetworkStack(view with { Unread = [.. unread] }, netfilter, SocketView.Read(owners), routes.Routes);
    }
}
