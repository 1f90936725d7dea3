using Skep.Bpf;

namespace Skep.Filter.Load;

/// <summary>The present names of the devices that a table filters. A device is its network namespace and index; its name can change.</summary>
internal static class DeviceNames
{
    private const int MostAttempts = 3;

    /// <summary>Finds the name of a link's device.</summary>
    /// <param name="link">The link.</param>
    /// <param name="netns">The network namespace of the table, as it was named when it was applied.</param>
    /// <returns>Null when the device is removed, in another namespace, or the namespace cannot be entered.</returns>
    internal static string? Of(AppliedLink link, string netns)
    {
        if (link.IfIndex == 0) return null;
        try
        {
            return NetworkNamespace.RunIn(netns, () => TableStore.PinOf(link.IfIndex) == link.Pin ? Find(link) : null);
        }
        catch (BpfException)
        {
            return null;
        }
    }

    // A device that moved may have left its index to another, which runs something else. A program may be replaced between the two looks.
    private static string? Find(AppliedLink link)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var program = link.Link.GetInfo().ProgramId;
            if (NetworkDevices.List().FirstOrDefault(d => d.IfIndex == link.IfIndex && d.Xdp.Any(p => p.ProgramId == program)) is { } device) return device.Name;
        }
        return null;
    }
}
