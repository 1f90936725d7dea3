using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Sockets that a kernel finds: what programs may read of them is copied, and they stay what they were.</summary>
internal static class SocketCalls
{
    // struct bpf_sock_tuple of IPv4 and of IPv6.
    private const int LongestTuple = 36;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_sk_lookup_tcp", state => Lookup(state, "bpf_sk_lookup_tcp")),
        ("bpf_sk_lookup_udp", state => Lookup(state, "bpf_sk_lookup_udp")),
        ("bpf_skc_lookup_tcp", state => Lookup(state, "bpf_skc_lookup_tcp")),
        ("bpf_sk_release", Release),
    ];

    private static ulong Lookup(MachineState state, string call)
    {
        state.RequireContext(1);

        // What the verifier made of reads of a socket goes by the kernel's own structure.
        if (state.IsTranslated)
            throw new MachineStopException(FaultKind.NotSimulated, $"{call} gives translated code a socket of the kernel");
        int length = state.Size(3);
        if (length > LongestTuple) return 0;
        var bytes = new byte[SocketRegion.Size];
        state.Read(2, length).CopyTo(bytes);
        ulong space = state.Argument(4), flags = state.Argument(5);
        state.Blamed = 0;
        KernelAnswer answer = state.Ask(call, bytes, (uint)length, space, flags);
        if (answer.Result == 0) return 0;
        var socket = new SocketRegion(state.Memory.NextId, state.Memory.NewBlock(SocketRegion.Size), isFull: !SocketRegion.IsCommon(call));
        answer.Bytes.Span.CopyTo(socket.Bytes);
        state.OpenObjects++;
        return AddressSpace.AddressOf(state.Memory.Add(socket), 0);
    }

    private static ulong Release(MachineState state)
    {
        ulong address = state.Argument(1);
        if (state.Memory.RegionOf(address) is not SocketRegion { Extent: > 0 } socket || AddressSpace.OffsetOf(socket, address) != 0)
            throw new MachineStopException(FaultKind.InvalidArgument, $"0x{address:x} is no socket that was looked up", null, 1);
        socket.SetBounds(0, 0);
        state.OpenObjects--;
        return 0;
    }
}
