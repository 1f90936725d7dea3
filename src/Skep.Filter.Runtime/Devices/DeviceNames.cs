using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Devices;

/// <summary>
/// The present names of the devices that a table filters. A device is its network namespace and index; its name can change.
/// </summary>
internal static class DeviceNames
{
    private const int MostAttempts = 3;

    /// <summary>Finds the names of links' devices.</summary>
    /// <param name="links">The links.</param>
    /// <param name="state">What was applied with them, which names their network namespace; null when that is not known.</param>
    /// <returns>Names by pin; none for a device that is removed, in another namespace, or whose namespace cannot be entered.</returns>
    internal static IReadOnlyDictionary<string, string> Of(IEnumerable<AppliedLink> links, AppliedState? state)
    {
        var names = new Dictionary<string, string>();
        foreach (var group in links.GroupBy(l => state?.Find(l.Pin)?.Netns ?? "")) Add(group, group.Key, names);
        return names;
    }

    /// <summary>Finds the name of the device of a pinned link.</summary>
    /// <param name="path">The pin.</param>
    /// <param name="netns">The network namespace as it was named.</param>
    /// <returns>Null as in <see cref="Of"/>, and without a link.</returns>
    internal static string? OfPin(string path, string netns)
    {
        using var links = AppliedLinks.Open([path]);
        var names = new Dictionary<string, string>();
        Add(links.All, netns, names);
        return names.Values.FirstOrDefault();
    }

    private static void Add(IEnumerable<AppliedLink> links, string netns, Dictionary<string, string> names)
    {
        try
        {
            NetworkNamespace.RunIn(netns, () => Find([.. links.Where(l => l.IfIndex != 0 && TableStore.PinOf(l.IfIndex) == l.Pin)], names));
        }
        catch (KernelException)
        {
            // Whose namespace cannot be entered has no name that could be known.
        }
    }

    // A device that moved may have left its index to another, which runs something else. A program may be replaced between the two looks.
    private static bool Find(List<AppliedLink> links, Dictionary<string, string> names)
    {
        for (var attempt = 0; attempt < MostAttempts && links.Count > 0; attempt++)
        {
            for (var i = links.Count - 1; i >= 0; i--)
            {
                var program = links[i].Link.GetInfo().ProgramId;
                if (NetworkDevices.Find(links[i].IfIndex) is not { } device || !device.Xdp.Any(p => p.ProgramId == program)) continue;
                names[links[i].Pin] = device.Name;
                links.RemoveAt(i);
            }
        }
        return links.Count == 0;
    }
}
