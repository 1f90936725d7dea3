using Skep.Bpf;
using Skep.Filter.Check;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Takes tables off their devices: all devices in one step.</summary>
internal static class TableRemoval
{
    internal static bool Remove(string name, string? device, Action<string> report)
    {
        if (!Names.IsIdentifier(name)) return false;
        using var turn = TableStore.Lock(report);
        var store = new TableStore(name);
        TableRecovery.All(report, except: name);
        try
        {
            TableRecovery.One(store, report, returnNow: true);
            return Remove(store, device, report);
        }
        catch (Exception e)
            when (device is null && e is KernelException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // What cannot be done in one step is done in several.
            var had = store.HasLinks;
            if (had)
                report(
                    $"removing table {name}: {(e as DamagedTableException)?.Fault ?? (e.InnerException ?? e).Message}; it leaves its "
                    + $"devices one after another");
            store.Clear(report);
            return had;
        }
    }

    /// <summary>Takes a table that an apply of a directory attached off its devices, for a time unless that is confirmed.</summary>
    /// <param name="name">The table.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="confirm">After how long it returns.</param>
    /// <param name="report">Takes notices.</param>
    /// <returns>False when somebody else has applied it meanwhile.</returns>
    internal static bool Begin(string name, string directory, TimeSpan confirm, Action<string> report)
    {
        using var turn = TableStore.Lock(report);
        TableRecovery.All(report);
        var store = new TableStore(name);
        TableRecovery.One(store, report, returnNow: true);
        using var links = store.OpenLinks();
        var lent = store.Lent().Select(d => d.TakenFrom).ToHashSet();
        List<AppliedLink> own = [.. links.All.Where(l => l.IfIndex != 0 && !lent.Contains(l.Path))];
        var state = own.Count == 0 ? null : store.ReadState(own[0].Info.ProgramId);
        if (own.Count > 0)
        {
            if (state?.Source?.Directory != directory) return false;
            new TableChange(store, AttachMode.Auto, report).Perform(
                [.. own.Select(l => DeviceClaims.Leaving(l, state))], own[0].Info.ProgramId, 0, null, null, confirm);
        }

        foreach (var gone in links.All.Where(l => l.IfIndex == 0)) File.Delete(gone.Path);
        if (!store.HasLinks) store.Clear(report);
        return true;
    }

    private static bool Remove(TableStore store, string? device, Action<string> report)
    {
        using var links = store.OpenLinks();
        if (links.Acting is not { } acting) return false;
        var state = device is null ? null : store.ReadState(acting.Info.ProgramId);
        var leaving = device is null ? [.. links.All] : Named(device, links, state);
        if (leaving.Count == 0) return false;
        var rest = links.All.Except(leaving).FirstOrDefault()?.Info.ProgramId ?? 0;
        var attached = leaving.Where(l => l.IfIndex != 0).Select(l => DeviceClaims.Leaving(l, state)).ToList();
        if (attached is [var only])
        {
            // One device needs no step: its link is the step, and no file is written.
            TableStore.Detach(only.Link!.Path);
        }
        else if (attached.Count > 1)
        {
            new TableChange(store, AttachMode.Auto, report).Perform(attached, acting.Info.ProgramId, rest, null, null, null);
        }
        foreach (var gone in leaving.Where(l => l.IfIndex == 0)) File.Delete(gone.Path);
        if (!store.HasLinks) store.Clear(report);
        return true;
    }

    /// <summary>The links of the device that has a name now, else of the one that had it and was removed.</summary>
    private static List<AppliedLink> Named(string device, AppliedLinks links, AppliedState? state)
    {
        var names = DeviceNames.Of(links.All, state);
        List<AppliedLink> present =
            [.. links.All.Where(l => names.TryGetValue(l.Pin, out var name) && (name == device || IndexOf(l) == l.IfIndex))];
        return present.Count > 0 ? present : [.. links.All.Where(l => l.IfIndex == 0 && state?.Find(l.Pin)?.Device == device)];

        // It may be an alternative name.
        uint IndexOf(AppliedLink link) => NetworkNamespace.RunIn(state?.Find(link.Pin)?.Netns ?? "", () => XdpDevice.FindIndex(device));
    }
}
