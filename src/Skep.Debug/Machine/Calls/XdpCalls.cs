using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Frames of XDP (<c>bpf_xdp_*</c> of net/core/filter.c).</summary>
internal static class XdpCalls
{
    private const int MostMetadata = byte.MaxValue;
    private const uint LongestAccess = 0xffff;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_xdp_adjust_head", AdjustHead),
        ("bpf_xdp_adjust_tail", AdjustTail),
        ("bpf_xdp_adjust_meta", AdjustMeta),
        ("bpf_xdp_get_buff_len", state => (ulong)Packet(state).Length),
        ("bpf_xdp_load_bytes", LoadBytes),
        ("bpf_xdp_store_bytes", StoreBytes),
        ("bpf_xdp_pull_data", PullData),
    ];

    private static PacketFrame Packet(MachineState state)
    {
        state.RequireContext(1);
        return state.Packet;
    }

    private static ulong AdjustHead(MachineState state)
    {
        PacketFrame packet = Packet(state);
        int metadata = packet.Data - packet.Meta;
        long data = packet.Data + (long)(int)state.Argument(2);
        if (data < packet.HardStart + metadata || data > packet.End - XdpContext.ShortestPacket)
            return unchecked((ulong)MapError.Invalid);
        int meta = (int)data - metadata;
        packet.Region.Bytes.AsSpan(packet.Meta, metadata).CopyTo(packet.Region.Bytes.AsSpan(meta));
        packet.Region.MarkWritten(meta, metadata);
        packet.Set((int)data, packet.End, meta);
        return 0;
    }

    private static ulong AdjustTail(MachineState state)
    {
        PacketFrame packet = Packet(state);
        long end = packet.End + (long)(int)state.Argument(2);
        if (end > packet.HardEnd || end < packet.Data + XdpContext.ShortestPacket) return unchecked((ulong)MapError.Invalid);
        if (end > packet.End) packet.Clear(packet.End, (int)end - packet.End);
        packet.Set(packet.Data, (int)end, packet.Meta);
        return 0;
    }

    private static ulong AdjustMeta(MachineState state)
    {
        PacketFrame packet = Packet(state);
        long meta = packet.Meta + (long)(int)state.Argument(2), metadata = packet.Data - meta;
        if (meta < packet.HardStart || meta > packet.Data) return unchecked((ulong)MapError.Invalid);
        if (metadata % sizeof(uint) != 0 || metadata > MostMetadata) return unchecked((ulong)MapError.Denied);
        packet.Set(packet.Data, packet.End, (int)meta);
        return 0;
    }

    private static ulong LoadBytes(MachineState state)
    {
        PacketFrame packet = Packet(state);
        uint offset = state.Number(2);
        Span<byte> into = state.Write(3, state.Size(4));
        long fault = Check(packet, offset, into.Length);
        if (fault != 0) return (ulong)fault;
        packet.Bytes.Slice((int)offset, into.Length).CopyTo(into);
        return 0;
    }

    private static ulong StoreBytes(MachineState state)
    {
        PacketFrame packet = Packet(state);
        uint offset = state.Number(2);
        ReadOnlySpan<byte> from = state.Read(3, state.Size(4));
        long fault = Check(packet, offset, from.Length);
        if (fault != 0) return (ulong)fault;
        from.CopyTo(packet.Bytes[(int)offset..]);
        packet.Region.MarkWritten(packet.Data + (int)offset, from.Length);
        return 0;
    }

    // All of the packet is in one piece.
    private static ulong PullData(MachineState state) =>
        state.Number(2) <= (uint)Packet(state).Length ? 0 : unchecked((uint)MapError.Invalid);

    private static long Check(PacketFrame packet, uint offset, int size) =>
        offset > LongestAccess || size > (int)LongestAccess ? MapError.Fault
            : offset + (long)size > packet.Length ? MapError.Invalid : 0;
}
