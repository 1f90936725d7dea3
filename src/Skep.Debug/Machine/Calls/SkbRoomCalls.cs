using System.Buffers.Binary;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>The length of socket buffers (<c>bpf_skb_change_*</c>, <c>bpf_skb_adjust_room</c> of net/core/filter.c).</summary>
internal static class SkbRoomCalls
{
    // BPF_SKB_MAX_LEN: four pages less struct skb_shared_info
    private const long Longest = (4 * 4096) - 320;
    private const long NotSupported = -524;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_skb_change_tail", ChangeTail),
        ("bpf_skb_change_head", ChangeHead),
        ("bpf_skb_adjust_room", AdjustRoom),
    ];

    private static ulong ChangeTail(MachineState state)
    {
        PacketFrame packet = SkbCalls.Context(state).Packet;
        uint length = state.Number(2);
        if (state.Argument(3) != 0 || length > Longest || (int)length < packet.Network - packet.Data)
            return unchecked((ulong)MapError.Invalid);
        int end = packet.Data + (int)length;
        if (end > packet.End) packet.Clear(packet.End, end - packet.End);
        packet.Set(packet.Data, end, packet.Meta);
        return 0;
    }

    private static ulong ChangeHead(MachineState state)
    {
        PacketFrame packet = SkbCalls.Context(state).Packet;
        uint room = state.Number(2);
        if (state.Argument(3) != 0 || (int)room < 0 || packet.Length + (long)room > Longest) return unchecked((ulong)MapError.Invalid);
        RequireRoom(packet, (int)room);
        int data = packet.Data - (int)room;
        packet.Clear(data, (int)room);
        packet.Set(data, packet.End, data);
        packet.SetHeaders(data, packet.Network);
        return 0;
    }

    private static ulong AdjustRoom(MachineState state)
    {
        const uint AtNetwork = 0, AtMac = 1, LongestRoom = 0xfff;
        const ulong KeepChecksum = 1 << 5, Known = 0x1ff;
        SkbContext context = SkbCalls.Context(state);
        PacketFrame packet = context.Packet;
        int difference = (int)state.Argument(2);
        uint mode = state.Number(3);
        ulong flags = state.Argument(4);
        if ((flags & ~Known) != 0) return unchecked((ulong)MapError.Invalid);
        if ((flags & ~KeepChecksum) != 0)
            throw new MachineStopException(
                FaultKind.NotSimulated, $"flags 0x{flags:x} describe encapsulation, which the machine does not do", null, 4);
        uint size = (uint)Math.Abs((long)difference);
        if (size > LongestRoom) return unchecked((ulong)MapError.Fault);
        int header = BinaryPrimitives.ReverseEndianness((ushort)context[SkbContext.Protocol]) switch { 0x0800 => 20, 0x86dd => 40, _ => 0 };
        if (header == 0) return unchecked((ulong)NotSupported);
        int link = packet.Network - packet.Mac;
        if (mode is not (AtNetwork or AtMac)) return unchecked((ulong)NotSupported);
        int kept = mode == AtNetwork ? link + header : link, current = packet.End - packet.Network;
        bool shrinks = difference < 0;
        if (shrinks ? size >= current || current - size < header : packet.Length + size > Longest) return unchecked((ulong)NotSupported);
        if (kept > packet.Length) return unchecked((ulong)MapError.OutOfMemory);
        if (!shrinks) RequireRoom(packet, (int)size);
        int data = packet.Data - difference;
        Span<byte> bytes = packet.Region.Bytes;
        bytes.Slice(packet.Data, kept).CopyTo(bytes[data..]);
        packet.Region.MarkWritten(data, kept);
        if (!shrinks) packet.Clear(data + kept, (int)size);
        (int mac, int network) = (packet.Mac - difference, packet.Network - difference);
        packet.Set(data, packet.End, data);
        packet.SetHeaders(mac, network);
        return 0;
    }

    public static void RequireRoom(PacketFrame packet, int room)
    {
        if (room > packet.Data)
            throw new MachineStopException(
                FaultKind.NotSimulated, $"the machine has no room for {room} bytes before the packet", packet.Region.Name);
    }
}
