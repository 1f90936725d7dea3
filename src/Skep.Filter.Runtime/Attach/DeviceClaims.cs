using System;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Network;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Finds out what is on the devices that a table is to filter, and refuses what is not the table's. It changes nothing.</summary>
internal sealed class DeviceClaims(Table table, ApplyRequest request, AppliedLinks links, AppliedState? before)
{
    /// <summary>The devices of the request, each once, and behind them those that the table leaves.</summary>
    /// <exception cref="KernelException">There is no such device.</exception>
    /// <exception cref="InvalidDataException">A device carries another's program, or runs in another mode.</exception>
    internal List<ClaimedDevice> Claim()
    {
        var devices = new List<ClaimedDevice>();
        var named = request.Devices.Select(name => (Name: name, Index: XdpDevice.IndexOf(name))).DistinctBy(d => d.Index).ToList();
        var present = NetworkDevices.List();
        foreach (var (name, index) in named)
        {
            var device = present.FirstOrDefault(d => d.IfIndex == index)
                ?? throw new InvalidDataException($"applying table {table.Name} to {name}: the device was removed meanwhile");
            devices.Add(Claim(device.Name, index, device.Xdp) with { Start = StartOf(device) });
        }
        RefuseRedirects(devices, present);
        foreach (var link in links.All)
        {
            if (link.IfIndex == 0 || devices.Exists(d => d.Pin == link.Pin)) continue;
            devices.Add(Leaving(link, before));
        }
        return devices;
    }

    private PacketStart StartOf(NetworkDevice device)
    {
        var name = device.Name;
        var start = DeviceStart.Of(device, Environment.OSVersion.Version, out var reason)
            ?? throw new InvalidDataException($"applying table {table.Name} to {name}: {reason}");
        if (start == PacketStart.Ip && WithoutEthernet.FindRule(table, device.Address, out var fault) is { } rule)
        {
            throw new InvalidDataException(
                $"applying table {table.Name} to {name}, whose packets begin with their IP header: line {rule.Line} {fault} "
                + "(keep that rule in a table for devices with an Ethernet header)");
        }
        return start;
    }

    /// <summary>The kernel sends a packet on as it is, whatever the other device's begin with.</summary>
    private void RefuseRedirects(IReadOnlyList<ClaimedDevice> devices, IReadOnlyList<NetworkDevice> present)
    {
        foreach (var rule in table.Rules.Where(r => r.Verdict.Kind == VerdictKind.RedirectDevice))
        {
            var index = XdpDevice.IndexOf(rule.Verdict.Device!);
            if (present.FirstOrDefault(d => d.IfIndex == index) is not { } target) continue;
            var start = DeviceStart.Of(target, Environment.OSVersion.Version, out _);
            if (devices.FirstOrDefault(d => d.Start != start) is not { } other) continue;
            var header = other.Start == PacketStart.Ip ? "IP" : "Ethernet";
            throw new InvalidDataException(
                $"applying table {table.Name} to {other.Name}: line {rule.Line} redirects to {target.Name}, but packets of {other.Name} "
                + $"begin with an "
                + $"{header} header and those of {target.Name} do not (redirect between devices of one kind)");
        }
    }

    /// <summary>A device that its table leaves.</summary>
    internal static ClaimedDevice Leaving(AppliedLink link, AppliedState? before)
    {
        var known = before?.Find(link.Pin);
        var now = DeviceNames.Of([link], before).GetValueOrDefault(link.Pin);
        return new(now ?? known?.Device ?? link.Pin, known?.Netns ?? "", link.IfIndex, link.Pin) { Link = link, Stays = false };
    }

    private ClaimedDevice Claim(string name, uint index, IReadOnlyList<XdpProgram> programs)
    {
        var device = new ClaimedDevice(name, request.Netns, index, TableStore.PinOf(index));
        if (links.At(device.Pin) is { IfIndex: not 0 } own)
        {
            if (programs.Any(p => p.ProgramId == own.Info.ProgramId)) return Keep(device, own, before);
            throw new InvalidDataException(
                $"applying table {table.Name} to {name}: a device with its index was filtered before and is in another network namespace "
                + $"now (skep filter remove {table.Name} first)");
        }
        var running = programs.FirstOrDefault(p => p.Mode is XdpProgramMode.Driver or XdpProgramMode.Generic);
        if (running.ProgramId == 0) return device;

        var foreign = Describe(name, index, running, out var path);
        if (path is not null && links.All.Find(l => l.Path == path) is { } moved)
            return Keep(device with { Pin = moved.Pin }, moved, before);
        if (!request.Replace && !(path is not null && request.Removed.Contains(TableStore.TableOf(path))))
            throw new InvalidDataException(
                $"applying table {table.Name} to {name}: {foreign.Description} is attached there (--replace detaches it)");
        return path is null ? device with { Foreign = foreign } : Take(device, path);
    }

    private ClaimedDevice Keep(ClaimedDevice device, AppliedLink link, AppliedState? state)
    {
        var known = state?.Find(link.Pin);
        var mode = known?.Mode ?? "unknown";
        var wanted =
            table.Mode switch { AttachMode.Native => AttachModeText.Native, AttachMode.Generic => AttachModeText.Generic, _ => mode };
        if (wanted != mode)
            throw new InvalidDataException(
                $"applying table {table.Name} to {device.Name}: it runs in {mode} mode there, and the kernel cannot change a program's "
                + $"mode while it runs (skep filter remove {table.Name} first, or leave the mode as it is)");
        return device with { Link = link, Mode = mode, Since = known?.Since ?? DateTimeOffset.UtcNow };
    }

    // The link of another table goes on with this one's program, so there is no moment without rules.
    private ClaimedDevice Take(ClaimedDevice device, string path)
    {
        var other = new TableStore(TableStore.TableOf(path));
        if (other.ReadPendingChange() is not null)
            throw new InvalidDataException(
                $"applying table {table.Name} to {device.Name}: table {other.Table} is there and waits for its confirmation (skep filter "
                + $"confirm {other.Table} or wait)");
        var opened = AppliedLinks.Open([path]);
        var link = opened.All.Single();
        links.Taken.Add(link);
        return Keep(device, link, other.ReadState(link.Info.ProgramId)) with { IsTaken = true };
    }

    private ForeignProgram Describe(string name, uint index, XdpProgram running, out string? path)
    {
        path = null;
        var candidates = LinksOf(index, running.ProgramId);
        foreach (var candidate in candidates)
        {
            if (TableStore.FindLink(candidate) is not { } found) continue;
            if (Path.GetFileName(found) == TableStore.PinOf(index) || candidates.Count == 1) path = found;
        }
        var where = path is not null ? $"of table {TableStore.TableOf(path)}, " : "";
        if (path is null && candidates.Count > 1)
            throw new InvalidDataException(
                $"applying table {table.Name} to {name}: program {running.ProgramId} is attached there, by one of the links "
                + $"{string.Join(", ", candidates)} (the kernel does not report which; detach it first: bpftool link detach id)");
        using var other = BpfProgram.TryOpenById(running.ProgramId, out _);
        var link = candidates.Count == 1 ? candidates[0] : 0;
        var info = other?.GetInfo();
        var how = link == 0 ? "attached without a link" : $"attached by link {link}";
        var owner = request.DescribeOwner?.Invoke(running.ProgramId) is { Length: > 0 } held ? $", {held}" : "";
        return new(running.ProgramId, running.Mode, link, info is null
            ? $"program {running.ProgramId}"
            : $"program {info.Id} '{info.Name}' ({where}tag {info.Tag}, loaded by uid {info.CreatedByUid}, {how}{owner})");
    }

    // A link has its device's index, not its network namespace.
    private static List<uint> LinksOf(uint index, uint programId)
    {
        var found = new List<uint>();
        foreach (var id in KernelObjects.LinkIds())
        {
            using var link = BpfLink.TryOpenById(id, out _);
            if (link?.GetInfo() is { Type: BpfLinkType.Xdp, Target: BpfLinkTarget.Device device } info && info.ProgramId == programId
                && device.IfIndex == index) found.Add(id);
        }
        return found;
    }
}
