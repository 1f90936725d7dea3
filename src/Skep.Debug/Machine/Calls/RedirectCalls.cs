using System.Globalization;
using Skep.Bpf;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Where packets are sent.</summary>
internal static class RedirectCalls
{
    private const ulong XdpAborted = 0, XdpRedirect = 4, Shot = 2, Redirect = 7, Ingress = 1;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_redirect", ToDevice),
        ("bpf_redirect_peer", state => ToNeighbour(state, state.Argument(2))),
        ("bpf_redirect_neigh", state => ToNeighbour(state, state.Argument(4))),
        ("bpf_clone_redirect", Clone),
        ("bpf_redirect_map", ByMap),
    ];

    private static ulong ToDevice(MachineState state)
    {
        uint device = state.Number(1);
        ulong flags = state.Argument(2);
        bool isXdp = state.Context is XdpContext;
        if ((flags & ~(isXdp ? 0 : Ingress)) != 0) return isXdp ? XdpAborted : Shot;
        Send(state, MachineEventKind.Redirect, device, []);
        return isXdp ? XdpRedirect : Redirect;
    }

    private static ulong ToNeighbour(MachineState state, ulong flags)
    {
        if (flags != 0) return Shot;
        Send(state, MachineEventKind.Redirect, state.Number(1), []);
        return Redirect;
    }

    private static ulong Clone(MachineState state)
    {
        SkbContext context = SkbCalls.Context(state);
        uint device = state.Number(2);

        // No device has such an index; which others there are, the machine does not know.
        if ((state.Argument(3) & ~Ingress) != 0 || device is 0 or > int.MaxValue) return unchecked((ulong)MapError.Invalid);
        Send(state, MachineEventKind.Clone, device, context.Packet.Bytes);
        return 0;
    }

    // The low bits of the flags are what is returned when the key is not there.
    private static ulong ByMap(MachineState state)
    {
        const ulong ActionMask = 3, Broadcast = 8, ExcludeIngress = 16;
        MachineMap map = state.Map(1);
        uint key = state.Number(2);
        ulong flags = state.Argument(3);
        ulong allowed = map.Definition.Type switch
        {
            BpfMapType.Devmap or BpfMapType.DevmapHash => ActionMask | Broadcast | ExcludeIngress,
            BpfMapType.Cpumap or BpfMapType.Xskmap => ActionMask,
            _ => throw new MachineStopException(
                FaultKind.InvalidArgument, $"map {map.Definition.Name} holds nothing that packets are redirected to", null, 1),
        };
        if ((flags & ~allowed) != 0) return XdpAborted;
        if (map.Lookup(BitConverter.GetBytes(key), 0) == 0 && (flags & Broadcast) == 0) return flags & ActionMask;
        state.Send(MachineEventKind.Redirect, map.Definition.Name, BitConverter.GetBytes(key));
        return XdpRedirect;
    }

    private static void Send(MachineState state, MachineEventKind kind, uint device, ReadOnlySpan<byte> bytes) =>
        state.Send(kind, string.Create(CultureInfo.InvariantCulture, $"ifindex {device}"), bytes);
}
