using System.Buffers.Binary;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Bytes and marks of socket buffers (<c>bpf_skb_*</c> of net/core/filter.c).</summary>
internal static class SkbCalls
{
    private const uint LongestRelative = 0xffff;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_skb_load_bytes", LoadBytes),
        ("bpf_skb_load_bytes_relative", LoadBytesRelative),
        ("bpf_skb_store_bytes", StoreBytes),
        ("bpf_skb_pull_data", PullData),
        ("bpf_skb_change_type", ChangeType),
        ("bpf_set_hash", state => SetHash(state, state.Number(2))),
        ("bpf_set_hash_invalid", state => SetHash(state, 0)),
        ("bpf_get_hash_recalc", GetHash),
        ("bpf_skb_ecn_set_ce", SetCongestion),
        ("bpf_skb_load_helper_8_no_cache", state => LoadNumber(state, 2, 1)),
        ("bpf_skb_load_helper_16_no_cache", state => LoadNumber(state, 2, 2)),
        ("bpf_skb_load_helper_32_no_cache", state => LoadNumber(state, 2, 4)),
        ("bpf_skb_load_helper_8", state => LoadNumber(state, 4, 1)),
        ("bpf_skb_load_helper_16", state => LoadNumber(state, 4, 2)),
        ("bpf_skb_load_helper_32", state => LoadNumber(state, 4, 4)),
    ];

    public static SkbContext Context(MachineState state)
    {
        state.RequireContext(1);
        return state.Context as SkbContext
            ?? throw new MachineStopException(FaultKind.InvalidArgument, "the context is no socket buffer", null, 1);
    }

    /// <summary>Copies bytes from the packet; zeros when they are not all there.</summary>
    public static ulong Load(PacketFrame packet, uint offset, Span<byte> into)
    {
        if (offset <= int.MaxValue && offset + (long)into.Length <= packet.Length)
        {
            packet.Bytes.Slice((int)offset, into.Length).CopyTo(into);
            return 0;
        }

        into.Clear();
        return unchecked((ulong)MapError.Fault);
    }

    public static ulong Store(SkbContext context, uint offset, ReadOnlySpan<byte> from, ulong flags)
    {
        const ulong Recompute = 1, InvalidateHash = 2;
        PacketFrame packet = context.Packet;
        if ((flags & ~(Recompute | InvalidateHash)) != 0) return unchecked((ulong)MapError.Invalid);
        if (offset > int.MaxValue || offset + (long)from.Length > packet.Length) return unchecked((ulong)MapError.Fault);
        from.CopyTo(packet.Bytes[(int)offset..]);
        packet.Region.MarkWritten(packet.Data + (int)offset, from.Length);
        if ((flags & InvalidateHash) != 0) context[SkbContext.Hash] = 0;
        return 0;
    }

    private static ulong LoadBytes(MachineState state) =>
        Load(Context(state).Packet, state.Number(2), state.Write(3, state.Size(4)));

    private static ulong LoadBytesRelative(MachineState state)
    {
        const uint MacHeader = 0, NetworkHeader = 1;
        PacketFrame packet = Context(state).Packet;
        uint offset = state.Number(2), header = state.Number(5);
        Span<byte> into = state.Write(3, state.Size(4));
        int start = header == NetworkHeader ? packet.Network : packet.Mac;
        if (offset > LongestRelative || header is not (MacHeader or NetworkHeader) || start + offset + into.Length > packet.End)
        {
            into.Clear();
            return unchecked((ulong)MapError.Fault);
        }

        packet.Region.Bytes.AsSpan(start + (int)offset, into.Length).CopyTo(into);
        return 0;
    }

    // What the verifier makes of a packet load: the value, or an error.
    private static ulong LoadNumber(MachineState state, int offset, int size) =>
        PacketNumber.TryLoad(Context(state).Packet, (int)state.Argument(offset), size, out ulong value) ? value
            : unchecked((ulong)MapError.Fault);

    private static ulong StoreBytes(MachineState state) =>
        Store(Context(state), state.Number(2), state.Read(3, state.Size(4)).ToArray(), state.Argument(5));

    private static ulong PullData(MachineState state) =>
        state.Number(2) > (uint)Context(state).Packet.Length ? unchecked((ulong)MapError.OutOfMemory) : 0;

    private static ulong ChangeType(MachineState state)
    {
        const uint OtherHost = 3;
        SkbContext context = Context(state);
        uint type = state.Number(2);
        if (type > OtherHost || context[SkbContext.PacketType] > OtherHost) return unchecked((ulong)MapError.Invalid);
        context[SkbContext.PacketType] = type;
        return 0;
    }

    // INET_ECN_set_ce of include/net/inet_ecn.h.
    private static ulong SetCongestion(MachineState state)
    {
        const int HeaderOf4 = 20, HeaderOf6 = 40, SumAt = 10;
        const byte Congestion = 3;
        SkbContext context = Context(state);
        PacketFrame packet = context.Packet;
        ushort protocol = BinaryPrimitives.ReverseEndianness((ushort)context[SkbContext.Protocol]);
        if (protocol is SkbContext.Vlan or SkbContext.ServiceVlan)
            throw new MachineStopException(FaultKind.NotSimulated, "bpf_skb_ecn_set_ce is not simulated on packets with a VLAN tag");
        int length = protocol switch { SkbContext.Ip4 => HeaderOf4, SkbContext.Ip6 => HeaderOf6, _ => 0 };
        if (length == 0 || packet.Length < length || packet.Network + length > packet.End) return 0;
        Span<byte> header = packet.Region.Bytes.AsSpan(packet.Network, length);
        packet.Region.MarkWritten(packet.Network, length);
        if (protocol == SkbContext.Ip6)
        {
            // The traffic class is behind the version's four bits.
            if ((header[1] & Congestion << 4) == 0) return 0;
            header[1] |= Congestion << 4;
            return 1;
        }

        int code = (header[1] + 1) & Congestion;
        if ((code & 2) == 0) return code == 0 ? 1UL : 0;
        BinaryPrimitives.WriteUInt16BigEndian(
            header[SumAt..],
            ChecksumCalls.Add16(BinaryPrimitives.ReadUInt16BigEndian(header[SumAt..]), (ushort)(0xfffb + code)));
        header[1] |= Congestion;
        return 1;
    }

    private static ulong SetHash(MachineState state, uint hash)
    {
        Context(state)[SkbContext.Hash] = hash;
        return 0;
    }

    private static ulong GetHash(MachineState state) => Context(state)[SkbContext.Hash] is not 0 and var hash ? hash
        : throw new MachineStopException(
            FaultKind.NotSimulated, "the kernel's hash of a packet has a random key (give it in the context)");
}
