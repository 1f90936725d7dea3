using Skep.Bpf;
using Skep.Filter.Model;

namespace Skep.Filter.Load;

/// <summary>Attaches one program to several devices, or to none.</summary>
internal sealed class DeviceAttachment(TableStore store, BpfProgram program, Table table, ApplyRequest request, Action<string> say)
{
    private readonly Stack<Action> _undo = new();
    private readonly List<BpfProgram> _previous = [];

    /// <summary>Attaches to the devices, in place of the table's program where it is, and takes the table off its other devices.</summary>
    internal AppliedDevice[] Attach(Dictionary<string, uint> devices, List<(string Pin, BpfLink Link, BpfLinkInfo Info)> links, AppliedState? before)
    {
        var attached = new List<AppliedDevice>();
        try
        {
            foreach (var (name, index) in devices)
            {
                var pin = FilterApplier.PinOf(index);
                var at = links.FindIndex(l => l.Pin == pin);
                attached.Add(at >= 0 ? Replace(name, links[at].Pin, links[at].Link, links[at].Info, before) : AttachNew(name, index, pin));
            }
        }
        catch
        {
            while (_undo.TryPop(out var undo)) undo();
            throw;
        }
        finally
        {
            foreach (var previous in _previous) previous.Dispose();
        }
        foreach (var (pin, _, _) in links)
            if (!attached.Exists(d => d.Pin == pin)) File.Delete(store.PathOf(pin));
        return [.. attached];
    }

    private AppliedDevice Replace(string name, string pin, BpfLink link, BpfLinkInfo info, AppliedState? before)
    {
        var previous = BpfProgram.OpenById(info.ProgramId);
        _previous.Add(previous);
        link.Update(program);
        _undo.Push(() => link.Update(previous));
        return before?.Devices.FirstOrDefault(d => d.Pin == pin) ?? new(name, request.Netns, pin, "unknown", DateTimeOffset.UtcNow);
    }

    private AppliedDevice AttachNew(string name, uint index, string pin)
    {
        CheckFree(name, index);
        var (link, mode) = Create(name, index);
        using (link) link.Pin(store.PathOf(pin));
        _undo.Push(() => File.Delete(store.PathOf(pin)));
        return new(name, request.Netns, pin, mode, DateTimeOffset.UtcNow);
    }

    private (BpfLink Link, string Mode) Create(string name, uint index)
    {
        if (table.Mode == AttachMode.Generic) return (BpfLink.AttachXdp(program, index, XdpMode.Generic), "generic");
        try
        {
            return (BpfLink.AttachXdp(program, index, XdpMode.Native), "native");
        }
        catch (BpfException e) when (table.Mode == AttachMode.Auto && e.Error.Name is not ("EBUSY" or "EEXIST" or "EPERM"))
        {
            var link = BpfLink.AttachXdp(program, index, XdpMode.Generic);
            say($"{name}: the driver refused native mode ({e.Error.Message}), so the rules run in generic mode");
            return (link, "generic");
        }
    }

    private void CheckFree(string name, uint index)
    {
        var id = XdpDevice.XdpProgramId(index);
        if (id == 0) return;
        var owner = Describe(id, out var link);
        if (!request.Replace)
        {
            link?.Dispose();
            throw new InvalidDataException($"applying table {table.Name} to {name}: {owner} is attached there (--replace pushes it out)");
        }
        say($"{name}: pushed out {owner}");
        if (link is null)
        {
            XdpDevice.DetachXdp(index);
            return;
        }
        using (link) link.Detach();
    }

    private static string Describe(uint programId, out BpfLink? link)
    {
        link = null;
        using var other = BpfProgram.TryOpenById(programId, out _);
        if (other is null) return $"program {programId}";
        var info = other.GetInfo();
        foreach (var id in KernelObjects.LinkIds())
        {
            var candidate = BpfLink.TryOpenById(id, out _);
            if (candidate is null) continue;
            if (candidate.GetInfo() is { Type: BpfLinkType.Xdp } found && found.ProgramId == programId)
            {
                link = candidate;
                break;
            }
            candidate.Dispose();
        }
        return $"program {programId} '{info.Name}' (tag {info.Tag}, loaded by uid {info.CreatedByUid}{(link is null ? ", attached without a link" : $", link {link.GetInfo().Id}")})";
    }
}
