using Skep.Filter.Compare;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Acting;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.State;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Whether an apply would change nothing.</summary>
internal static class SameTable
{
    /// <summary>Compares what is wanted with what runs.</summary>
    public static bool Is(
        Table table, ApplyRequest request, IReadOnlyList<ClaimedDevice> devices, AppliedLinks links, AppliedState before)
    {
        // Who asks for a confirmation confirms.
        if (request.Confirm is not null && !request.IsOfGroup) return false;
        // Elements that last for a time begin it anew; another version of Skep may compile otherwise.
        if (request.Source is not { } source || source.AppliedBy != before.Source?.AppliedBy || source.Version != before.Source.Version
            || table.Sets.Any(set => set.HasTimeouts) || NamesDevices(table)
            || (request.Track ?? before.TrackedByOption) != before.TrackedByOption)
            return false;
        bool isAttached = devices.All(device => device is { Stays: true, IsTaken: false, Foreign: null, Link: { } link }
            && before.Programs.Contains(link.Info.ProgramId) && before.Find(device.Pin) is { } known && known.Netns == device.Netns
            && known.Start == device.Start);
        return isAttached && links.All.All(link => link.IfIndex != 0)
            && ActingTable.TryCompare(before, table) is { IsEmpty: true };
    }

    // What has a name may be another device now, and devices and lengths that routes lead to may be others.
    private static bool NamesDevices(Table table) => Interfaces.HasNames(table)
        || table.Rules.Any(rule => rule.Verdict.Kind is VerdictKind.RedirectDevice or VerdictKind.RedirectFib);
}
