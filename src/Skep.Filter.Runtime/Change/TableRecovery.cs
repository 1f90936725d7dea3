using Skep.Bpf;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Network;
using Skep.Linux.Time;

namespace Skep.Filter.Runtime.Change;

/// <summary>
/// Ends changes of tables: those that are done, those that were not confirmed, and those whose process was killed. Wants the lock.
/// </summary>
internal static class TableRecovery
{
    /// <summary>Recovers all tables and removes what was left behind.</summary>
    /// <param name="report">Takes what was done, and what could not be.</param>
    /// <param name="except">A table to leave out.</param>
    internal static void All(Action<string> report, string? except = null)
    {
        foreach (var store in TableStore.Tables().Where(name => name != except).Select(name => new TableStore(name))
            .OrderByDescending(s => s.HasPendingChange).ToList())
        {
            try
            {
                One(store, report);
            }
            catch (Exception e) when (e is KernelException or IOException or InvalidDataException or UnauthorizedAccessException)
            {
                report($"recovering table {store.Table}: {e.Message}");
            }
        }
    }

    /// <summary>Recovers a table.</summary>
    /// <param name="store">Its place.</param>
    /// <param name="report">Takes what was done.</param>
    /// <param name="returnNow">Whether rules that wait for their confirmation go back now.</param>
    internal static void One(TableStore store, Action<string> report, bool returnNow = false)
    {
        if (ReadPendingChange(store) is not { } change)
        {
            using var links = store.OpenLinks();
            if (links.All.Count == 0)
            {
                store.Clear();
                return;
            }
            DispatcherPins.Remove(store);
            store.KeepStates([.. store.InUse(links)]);
            foreach (var id in links.All.Select(l => l.Info.ProgramId).Distinct()) EditRecovery.End(store, id, report);
            return;
        }
        var until = Dispatcher.ReadUntil(store);
        if (until == Dispatcher.Open)
        {
            GoForward(store, change);
            report($"table {store.Table}: finished a change that was cut short");
        }
        else if (returnNow || until <= (ulong)Clocks.BootNanoseconds())
        {
            GoBack(store, change, report);
            report(until == Dispatcher.Shut ? $"table {store.Table}: took back a change that was cut short"
                : returnNow ? $"table {store.Table}: the rules before are back"
                : $"table {store.Table}: the new rules were not confirmed in time; the rules before are back");
        }
    }

    // One that cannot be read is nobody's when the table is on no device.
    private static PendingChange? ReadPendingChange(TableStore store)
    {
        try
        {
            return store.ReadPendingChange();
        }
        catch (DamagedTableException) when (!store.HasLinks)
        {
            return null;
        }
    }

    /// <summary>Ends a change whose dispatcher is open: the devices run the rules after by themselves.</summary>
    internal static void GoForward(TableStore store, PendingChange change)
    {
        foreach (var device in change.Devices)
        {
            var path = store.PathOf(device.Pin);
            if (device.Stays) Update(path, device.To == 0 ? change.After : device.To);
            else TableStore.Detach(path);
            if (device.TakenFrom.Length > 0) Release(device.TakenFrom);
        }
        store.EndPendingChange();
        if (store.HasLinks) store.KeepStatesInUse(change.After);
        else store.Clear();
    }

    /// <summary>Takes a change back: the devices run what they ran before it.</summary>
    internal static void GoBack(TableStore store, PendingChange change, Action<string> report)
    {
        if (Dispatcher.ReadUntil(store) != Dispatcher.Shut) Dispatcher.WriteUntil(store, Dispatcher.Shut);
        foreach (var device in change.Devices)
        {
            var path = store.PathOf(device.Pin);
            if (device.ReplacedMode.Length > 0) Restore(device, path, report);
            else if (device.From == 0) TableStore.Detach(path);
            else Return(device, path, report);
        }
        store.EndPendingChange();
        if (store.HasLinks) store.KeepStatesInUse(change.Before);
        else store.Clear();
    }

    private static void Return(ChangingDevice device, string path, Action<string> report)
    {
        using var before = BpfProgram.TryOpenById(device.From, out _);
        if (before is not null) Update(device.TakenFrom.Length > 0 ? device.TakenFrom : path, before);
        else
        {
            var name = DeviceNames.OfPin(path, device.Netns) ?? device.Device;
            report($"{name}: program {device.From}, which ran there before, does not exist any more, and the device is filtered no longer");
        }
        if (before is null) TableStore.Detach(path);
        else if (device.TakenFrom.Length > 0) File.Delete(path);
    }

    private static void Update(string path, uint programId)
    {
        using var program = BpfProgram.OpenById(programId);
        Update(path, program);
    }

    private static void Update(string path, BpfProgram program)
    {
        try
        {
            using var link = BpfLink.OpenPinned(path);
            link.Update(program);
        }
        catch (KernelException e) when (e.Error.Name is "ENOLINK" or "ENOENT")
        {
            // The device or the pin is gone: there is nothing to run on.
        }
    }

    private static void Restore(ChangingDevice device, string path, Action<string> report)
    {
        using var foreign = BpfProgram.TryOpenById(device.From, out _);
        var hadLink = File.Exists(path);
        var name = hadLink ? DeviceNames.OfPin(path, device.Netns) : device.Device;
        TableStore.Detach(path);
        try
        {
            if (name is null) report(
                $"{device.Device}: the device was removed or is in another network namespace now, so program {device.From}, which was "
                + $"there before, is not attached again");
            else if (foreign is null) report($"{name}: program {device.From}, which was there before, does not exist any more");
            else if (NetworkNamespace.RunIn(device.Netns, () => Attach(foreign, device)))
                report($"{name}: program {device.From} is back, attached without a link");
        }
        catch (KernelException e)
        {
            report($"{name}: program {device.From} could not be restored: {e.Message}");
        }
    }

    /// <returns>False when its namespace is another one now.</returns>
    private static bool Attach(BpfProgram foreign, ChangingDevice device)
    {
        if (TableStore.PinOf(device.Index) != device.Pin) return false;
        if (XdpDevice.QueryProgramId(device.Index) == 0)
            XdpDevice.Attach(foreign, device.Index,
                device.ReplacedMode == XdpProgramMode.Driver.Name() ? XdpMode.Native : XdpMode.Generic);
        return true;
    }

    private static void Release(string path)
    {
        File.Delete(path);
        var other = new TableStore(TableStore.TableOf(path));
        if (!other.HasLinks) other.Clear();
    }
}
