using System.Buffers.Binary;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>
/// VLAN tags of socket buffers (<c>skb_vlan_push</c>, <c>skb_vlan_pop</c> of net/core/skbuff.c): the outermost is beside the packet.
/// </summary>
internal static class VlanCalls
{
    private const int TagSize = 4, Addresses = 12, LinkHeader = 14;
    private const ushort Dot1Q = 0x8100, Dot1Ad = 0x88a8;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_skb_vlan_push", Push),
        ("bpf_skb_vlan_pop", Pop),
    ];

    private static ulong Push(MachineState state)
    {
        SkbContext context = SkbCalls.Context(state);
        ushort protocol = BinaryPrimitives.ReverseEndianness((ushort)state.Argument(2)), tag = (ushort)state.Argument(3);
        if (!IsVlan(protocol)) protocol = Dot1Q;
        if (HasTag(context))
        {
            Insert(context.Packet, Type(context, SkbContext.VlanProto), (ushort)context[SkbContext.VlanTci]);
            context[SkbContext.Protocol] = context[SkbContext.VlanProto];
        }

        SetTag(context, protocol, tag);
        return 0;
    }

    private static ulong Pop(MachineState state)
    {
        SkbContext context = SkbCalls.Context(state);
        if (HasTag(context))
        {
            context[SkbContext.VlanPresent] = context[SkbContext.VlanTci] = context[SkbContext.VlanProto] = 0;
        }
        else
        {
            if (!IsVlan(Type(context, SkbContext.Protocol))) return 0;
            if (!TryRemove(context, out _)) return unchecked((ulong)MapError.OutOfMemory);
        }

        // The next tag takes the place beside the packet.
        ushort protocol = Type(context, SkbContext.Protocol);
        if (!IsVlan(protocol)) return 0;
        if (!TryRemove(context, out ushort tag)) return unchecked((ulong)MapError.OutOfMemory);
        SetTag(context, protocol, tag);
        return 0;
    }

    private static bool IsVlan(ushort protocol) => protocol is Dot1Q or Dot1Ad;

    private static bool HasTag(SkbContext context) => context[SkbContext.VlanPresent] != 0;

    private static ushort Type(SkbContext context, int field) => BinaryPrimitives.ReverseEndianness((ushort)context[field]);

    private static void SetTag(SkbContext context, ushort protocol, ushort tag)
    {
        context[SkbContext.VlanPresent] = 1;
        context[SkbContext.VlanTci] = tag;
        context[SkbContext.VlanProto] = BinaryPrimitives.ReverseEndianness(protocol);
    }

    private static void Insert(PacketFrame packet, ushort protocol, ushort tag)
    {
        SkbRoomCalls.RequireRoom(packet, TagSize);
        int data = packet.Data - TagSize;
        Span<byte> header = packet.Region.Bytes.AsSpan(data);
        header.Slice(TagSize, Addresses).CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header[Addresses..], protocol);
        BinaryPrimitives.WriteUInt16BigEndian(header[LinkHeader..], tag);
        packet.Region.MarkWritten(data, LinkHeader + TagSize);
        (int mac, int network) = (packet.Mac - TagSize, packet.Network - TagSize);
        packet.Set(data, packet.End, data);
        packet.SetHeaders(mac, network);
    }

    private static bool TryRemove(SkbContext context, out ushort tag)
    {
        const int FirstType = 0x600, Novell = 0x0001, Llc = 0x0004;
        PacketFrame packet = context.Packet;
        tag = 0;
        if (packet.Length < LinkHeader + TagSize) return false;
        Span<byte> header = packet.Bytes;
        tag = BinaryPrimitives.ReadUInt16BigEndian(header[LinkHeader..]);
        int type = BinaryPrimitives.ReadUInt16BigEndian(header[(LinkHeader + 2)..]);
        if (type < FirstType)
            type = packet.Length >= LinkHeader + TagSize + 2 && header[LinkHeader + TagSize] == 0xff
                && header[LinkHeader + TagSize + 1] == 0xff
                ? Novell : Llc;
        header[..Addresses].CopyTo(header[TagSize..]);
        packet.Region.MarkWritten(packet.Data, LinkHeader + TagSize);
        context[SkbContext.Protocol] = BinaryPrimitives.ReverseEndianness((ushort)type);
        (int mac, int network) = (packet.Mac + TagSize, packet.Network);
        int data = packet.Data + TagSize;
        packet.Set(data, packet.End, data);
        packet.SetHeaders(mac, Math.Max(network, data + LinkHeader));
        return true;
    }
}
