using Skep.Bpf;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Devices;

/// <summary>A device that rules redirect to.</summary>
/// <param name="AppliedAs">Its name when the table was applied, which is the one in the rules.</param>
/// <param name="Name">
/// Its present name; null when it was removed or moved to another network namespace, and the kernel drops what is redirected to it.
/// </param>
public sealed record RedirectTarget(string AppliedAs, string? Name)
{
    /// <summary>A note to print; empty when it is unchanged.</summary>
    public string Note => Name == AppliedAs ? ""
        : Name is null ? $"redirect {AppliedAs}: that device was removed, and packets to it are dropped (apply the rules again)"
        : $"redirect {AppliedAs}: that device is called {Name} now";

    /// <summary>Reads the targets of a table from the map that its programs go by.</summary>
    internal static IReadOnlyList<RedirectTarget> Read(AppliedState state)
    {
        if (state.Targets.Length == 0 || state.Devices.Length == 0) return [];
        using var map = BpfMap.TryOpenById(state.TargetsMap, out _);
        if (map is null) return [];
        var indexes = Enumerable.Range(0, state.Targets.Length).Select(i => map.TryLookup((uint)i, out uint index) ? index : 0).ToList();
        try
        {
            var device = state.Devices[0];
            return NetworkNamespace.RunIn<IReadOnlyList<RedirectTarget>>(
                device.Netns,
                () =>
                    [
                        .. state.Targets.Zip(indexes,
                            (name, index) => new RedirectTarget(name, index == 0 ? null : Present(name, index, device)))]);
        }
        catch (KernelException)
        {
            // The namespace cannot be entered any more.
            return [.. state.Targets.Zip(indexes, (name, index) => new RedirectTarget(name, index == 0 ? null : name))];
        }
    }

    // The names are those of the namespace that the table was applied in, and of no other that has its name now. Several may be one
    // device's.
    private static string Present(string name, uint index, AppliedDevice device) =>
        XdpDevice.FindIndex(name) == index || !device.Pin.StartsWith(TableStore.PinOf(0)[..^1], StringComparison.Ordinal) ? name
        : NetworkDevices.Find(index)?.Name ?? name;
}
