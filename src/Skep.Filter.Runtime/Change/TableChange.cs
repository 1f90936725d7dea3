using System;
using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Network;
using Skep.Linux.Time;

namespace Skep.Filter.Runtime.Change;

/// <summary>Takes the devices of a table from the rules before to the rules after: all of them in one step, or none.</summary>
internal sealed class TableChange(TableStore store, AttachMode mode, Action<string> report)
{
    /// <summary>Does the change.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="before">The program of the rules before; 0 for none.</param>
    /// <param name="after">A program of the rules after; 0 when the table filters nothing then.</param>
    /// <param name="programFor">The program of the rules after for a device that stays.</param>
    /// <param name="keep">Keeps the state of the rules after.</param>
    /// <param name="confirm">After how long the rules before return; null for never.</param>
    /// <exception cref="KernelException">The kernel refused; all devices run what they ran.</exception>
    internal void Perform(
        IReadOnlyList<ClaimedDevice> devices,
        uint before,
        uint after,
        Func<ClaimedDevice, BpfProgram>? programFor,
        Action<AppliedDevice[]>? keep,
        TimeSpan? confirm)
    {
        BpfProgram? After(ClaimedDevice device) => device.Stays ? programFor!(device) : null;
        using var dispatcher = MakeDispatcher(devices, After, returns: confirm is not null);
        var change = new PendingChange
        {
            Before = before,
            After = after,
            ToConfirm = confirm is not null,
            Devices = [.. devices.Select(d => Record(d, After(d)))],
        };
        try
        {
            store.WritePendingChange(change);
            var attached = new List<AppliedDevice>();
            for (var i = 0; i < devices.Count; i++)
            {
                var (device, mode) = (devices[i], Shift(devices[i], dispatcher.Programs[i]));
                if (!device.Stays) continue;
                var since = device.Link is null ? DateTimeOffset.UtcNow : device.Since;
                attached.Add(new(device.Name, device.Netns, device.Pin, mode, since) { Start = device.Start });
            }
            keep?.Invoke([.. attached]);
        }
        catch
        {
            TableRecovery.GoBack(store, change, report);
            throw;
        }
        dispatcher.Until = confirm is { } time ? (ulong)Clocks.BootNanoseconds() + (ulong)time.Ticks * 100 : Dispatcher.Open;
        if (confirm is null) TableRecovery.GoForward(store, change);
    }

    private Dispatcher MakeDispatcher(IReadOnlyList<ClaimedDevice> devices, Func<ClaimedDevice, BpfProgram?> after, bool returns)
    {
        var opened = new Dictionary<uint, BpfProgram?>();
        try
        {
            foreach (var id in devices.Select(d => d.From).Where(id => id != 0).Distinct())
                opened.Add(id, BpfProgram.TryOpenById(id, out _));
            return Dispatcher.Create(store,
                [.. devices.Select(d => (d.From == 0 ? null : opened[d.From], d.Foreign is not null, after(d)))], returns);
        }
        finally
        {
            foreach (var program in opened.Values) program?.Dispose();
        }
    }

    private static ChangingDevice Record(ClaimedDevice device, BpfProgram? after) => new(
        device.Name, device.Netns, device.Index, device.Pin, device.From, device.Stays, device.IsTaken ? device.Link!.Path : "",
        device.Foreign?.Mode.Name() ?? "")
    {
        To = after?.GetInfo().Id ?? 0,
    };

    /// <summary>Puts a device behind the dispatcher.</summary>
    /// <returns>How its program runs.</returns>
    private string Shift(ClaimedDevice device, BpfProgram dispatcher)
    {
        var path = store.PathOf(device.Pin);
        if (device.Link is { } known)
        {
            if (device.IsTaken) known.Link.Pin(path);
            known.Link.Update(dispatcher);
            return device.Mode;
        }

        // A pin without a device is of one that is gone.
        File.Delete(path);
        if (device.Foreign is { } foreign) Replace(device, foreign);
        var (link, mode) = Create(device, dispatcher);
        using (link) link.Pin(path);
        return mode;
    }

    private void Replace(ClaimedDevice device, ForeignProgram foreign)
    {
        // The kernel lets no link take the place of another program (net/core/dev.c, dev_xdp_attach).
        if (foreign.LinkId == 0)
        {
            using var program = BpfProgram.OpenById(foreign.ProgramId);
            XdpDevice.Detach(program, device.Index, foreign.XdpMode);
        }
        else
        {
            using var link = BpfLink.OpenById(foreign.LinkId);
            link.Detach();
        }
        report($"{device.Name}: replaced {foreign.Description}; for a moment between it and the new rules, packets passed without either");
    }

    private (BpfLink Link, string Mode) Create(ClaimedDevice device, BpfProgram program)
    {
        if (mode == AttachMode.Generic) return (BpfLink.AttachXdp(program, device.Index, XdpMode.Generic), AttachModeText.Generic);
        try
        {
            return (BpfLink.AttachXdp(program, device.Index, XdpMode.Native), AttachModeText.Native);
        }
        catch (KernelException e) when (e.Error.Name is not ("EBUSY" or "EEXIST" or "EPERM"))
        {
            var reason = XdpDevice.ReasonOfRefusal(program, device.Index, XdpMode.Native) ?? e.Error.Message;
            if (mode == AttachMode.Native)
                throw new InvalidDataException(
                    $"attaching to {device.Name} in native mode: {reason} ({e.Error.Name}; mode auto or generic runs the rules in the "
                    + $"network core)", e);
            var link = BpfLink.AttachXdp(program, device.Index, XdpMode.Generic);
            report($"{device.Name}: no native mode ({reason}), so the rules run in generic mode");
            return (link, AttachModeText.Generic);
        }
    }
}
