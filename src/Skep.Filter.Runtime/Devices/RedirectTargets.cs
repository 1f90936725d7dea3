using System;
using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.State;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Devices;

/// <summary>
/// What an attached filter redirects to, in this thread's network namespace. It is looked at when the filter is attached: a device may be
/// able to send frames of XDP only since then.
/// </summary>
public static class RedirectTargets
{
    /// <summary>Fills the maps by which the filter forwards, and reports which devices cannot take what rules redirect to them.</summary>
    /// <param name="loaded">The filter.</param>
    /// <param name="devices">The devices that it is attached to.</param>
    /// <param name="report">Takes notices.</param>
    internal static void Prepare(LoadedFilter loaded, IReadOnlyList<AppliedDevice> devices, Action<string> report)
    {
        var plan = loaded.Filter.Plan;
        var forwarders = plan.MapFor(MapRole.Forwarders);
        var sendsBack = plan.Table.Rules.Any(r => r.Verdict.Kind == VerdictKind.Tx);
        if (forwarders < 0 && plan.Devices.Count == 0 && !sendsBack) return;
        var features = XdpFeatures.Read();
        var all = NetworkDevices.List();
        List<NetworkDevice> from = [.. devices.Select(Find).OfType<NetworkDevice>()];
        List<NetworkDevice> native = [.. devices.Where(d => d.Mode == AttachModeText.Native).Select(Find).OfType<NetworkDevice>()];
        foreach (var name in plan.Devices)
            if (all.FirstOrDefault(d => d.IfIndex == XdpDevice.FindIndex(name)) is { } target)
                Check(name, target, native.Count > 0 ? features : null, from, report);
        if (sendsBack)
        {
            // With gro on at the other end it takes the frames, and is not woken for them (drivers/net/veth.c, veth_xdp_flush).
            foreach (var device in native.Where(d => d.Kind == "veth"))
                if (NetworkDevices.FindLink(device) is { } peer && !peer.Xdp.Any(p => p.Mode == XdpProgramMode.Driver)) report(
                    $"{device.Name}: what tx sends back does not arrive now: its peer {peer.Name} needs an XDP program in native mode "
                    + "(mode generic needs none)");
        }
        if (forwarders >= 0) Fill(loaded, all, features, report);

        NetworkDevice? Find(AppliedDevice device) => all.FirstOrDefault(d => d.Name == device.Device);
    }

    /// <summary>Fills the maps by which a filter forwards that is attached to no device.</summary>
    /// <param name="loaded">The filter.</param>
    /// <param name="report">Takes notices.</param>
    public static void Fill(LoadedFilter loaded, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        ArgumentNullException.ThrowIfNull(report);
        if (loaded.Filter.Plan.MapFor(MapRole.Forwarders) >= 0) Fill(loaded, NetworkDevices.List(), XdpFeatures.Read(), report);
    }

    // xdp_ok_fwd_dev() asks the same of a frame in all modes: that the device is up, and that its MTU is not exceeded.
    private static void Check(
        string name, NetworkDevice target, IReadOnlyDictionary<uint, XdpFeature>? features, IReadOnlyList<NetworkDevice> from,
        Action<string> report)
    {
        if (!target.IsUp) report($"{name}: it is down, and drops what is redirected to it until it is up");
        else if (features is not null && !CanSend(target, features))
            report(
                $"{name}: it cannot send redirected packets now, and drops them (a veth can when its peer has an XDP program or gro "
                + $"on; many drivers when the device itself has an XDP program; mode generic always)");
        if (from.Where(d => d.Mtu > target.Mtu).MaxBy(d => d.Mtu) is { } longer)
            report(
                $"{name}: its mtu of {target.Mtu} is less than that of {longer.Name} ({longer.Mtu}): longer packets that are redirected to "
                + "it are dropped, without an ICMP error");
    }

    // Before Linux 6.3: a driver that runs a program can as a rule send as well.
    private static bool CanSend(NetworkDevice device, IReadOnlyDictionary<uint, XdpFeature>? features) => features is null
        ? device.Xdp.Any(p => p.Mode == XdpProgramMode.Driver)
        : features.GetValueOrDefault(device.IfIndex).HasFlag(XdpFeature.Transmit);

    private static void Fill(
        LoadedFilter loaded, IReadOnlyList<NetworkDevice> all, IReadOnlyDictionary<uint, XdpFeature>? features, Action<string> report)
    {
        foreach (var device in all.Where(d => CanSend(d, features)).Take(FilterPlan.MostDevices))
            loaded.Find(MapRole.Forwarders)!.Update(device.IfIndex, device.IfIndex);
        var longest = RouteMtu.Least();
        foreach (var (family, mtu) in (ReadOnlySpan<(string, uint)>)[("IPv4", longest.Ip), ("IPv6", longest.Ip6)])
            if (mtu < RouteMtu.None)
                report(
                    $"a route of {family} has mtu {mtu}: redirect fib leaves all longer packets of {family} to the network stack (mtu "
                    + $"lock {mtu} concerns those of that route only)");
        var value = new byte[Receivers.Bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(Receivers.LongestIp), longest.Ip);
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(Receivers.LongestIp6), longest.Ip6);
        foreach (var device in all.Where(d => d.Address.Length == 6).Take(FilterPlan.MostDevices))
        {
            device.Address.CopyTo(value, Receivers.Address);
            loaded.Find(MapRole.Receivers)!.Update(BitConverter.GetBytes(device.IfIndex), value);
        }
        if (features is null)
            report(
                "this kernel does not report which devices can send redirected packets (Linux 6.3 does): redirect fib forwards by devices "
                + "with an XDP program in their driver, and leaves the rest to the network stack");
    }
}
