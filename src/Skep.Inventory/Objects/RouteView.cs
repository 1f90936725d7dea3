using Skep.Inventory.Machine;
using Skep.Linux.Network;

namespace Skep.Inventory.Objects;

/// <summary>A route that runs programs.</summary>
/// <param name="Netns">Its network namespace.</param>
/// <param name="Route">The route.</param>
/// <param name="DeviceName">Its device; null for none.</param>
public sealed record RoutePlace(NetworkNamespaceEntry Netns, ProgramRoute Route, string? DeviceName)
{
    /// <summary>The route and its network namespace, in words.</summary>
    public string Where =>
        $"route {Route.Destination}{(DeviceName is null ? "" : $" dev {DeviceName}")} (netns "
        + $"{(Netns.Name is { } name ? $"{name} ({Netns.Inode})" : $"{Netns.Inode}")})";
}

/// <summary>The routes of all network namespaces that run programs.</summary>
/// <param name="Routes">The routes.</param>
/// <param name="Unread">Namespaces that could not be read, each with the reason.</param>
public sealed record RouteView(IReadOnlyList<RoutePlace> Routes, IReadOnlyList<string> Unread)
{
    /// <summary>Reads the routes of this moment.</summary>
    public static RouteView Read()
    {
        var routes = new List<RoutePlace>();
        IReadOnlyList<string> unread = NetworkNamespaces.RunInEach(netns =>
        {
            IReadOnlyList<ProgramRoute> found = NetworkRoutes.List();
            if (found.Count == 0) return;
            Dictionary<uint, string> names = NetworkDevices.List().ToDictionary(device => device.IfIndex, device => device.Name);
            foreach (ProgramRoute route in found) routes.Add(new RoutePlace(netns, route, names.GetValueOrDefault(route.IfIndex)));
        });
        return new RouteView(routes, unread);
    }
}
