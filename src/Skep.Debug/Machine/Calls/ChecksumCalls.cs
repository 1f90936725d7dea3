using System.Buffers.Binary;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Checksums, in the byte order of memory (include/net/checksum.h).</summary>
internal static class ChecksumCalls
{
    private const uint LastOffset = 0xffff;
    private const ulong SizeMask = 0xf;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_csum_diff", Difference),
        ("bpf_l3_csum_replace", ReplaceNetwork),
        ("bpf_l4_csum_replace", ReplaceTransport),
        ("bpf_csum_update", Update),
        ("bpf_csum_level", Level),
    ];

    private static ulong Difference(MachineState state)
    {
        ReadOnlySpan<byte> from = state.Read(1, state.Size(2)), to = state.Read(3, state.Size(4));
        uint sum = state.Number(5);

        // The order decides on which of the two zeros comes out. Before Linux 6.13 the result was not folded, and sizes were whole words.
        return Fold(from.IsEmpty ? Sum(to, sum) : to.IsEmpty ? ~Sum(from, ~sum) : Add(Sum(to, sum), ~Sum(from, 0)));
    }

    private static ulong ReplaceNetwork(MachineState state)
    {
        PacketFrame packet = SkbCalls.Context(state).Packet;
        uint offset = state.Number(2);
        ulong from = state.Argument(3), to = state.Argument(4), flags = state.Argument(5);
        if ((flags & ~SizeMask) != 0) return unchecked((ulong)MapError.Invalid);
        if (!IsPlace(packet, offset)) return unchecked((ulong)MapError.Fault);
        ushort old = At(packet, offset);
        switch (flags & SizeMask)
        {
            case 0 when from == 0:
                Set(packet, offset, ByDifference(old, (uint)to));
                return 0;
            case 2:
                Set(packet, offset, (ushort)~Add16(Add16((ushort)~old, (ushort)~from), (ushort)to));
                return 0;
            case 4:
                Set(packet, offset, Replace(old, (uint)from, (uint)to));
                return 0;
            default:
                return unchecked((ulong)MapError.Invalid);
        }
    }

    private static ulong ReplaceTransport(MachineState state)
    {
        const ulong Pseudo = 0x10, MangledZero = 0x20, Enforce = 0x40, Ip6 = 0x80;
        const ushort MangledValue = 0xffff;
        PacketFrame packet = SkbCalls.Context(state).Packet;
        uint offset = state.Number(2);
        ulong from = state.Argument(3), to = state.Argument(4), flags = state.Argument(5);
        if ((flags & ~(Pseudo | MangledZero | Enforce | Ip6 | SizeMask)) != 0) return unchecked((ulong)MapError.Invalid);
        if (!IsPlace(packet, offset)) return unchecked((ulong)MapError.Fault);
        ushort old = At(packet, offset);
        if ((flags & MangledZero) != 0 && (flags & Enforce) == 0 && old == 0) return 0;
        ushort sum;
        switch (flags & SizeMask)
        {
            case 0 when from == 0:
                sum = ByDifference(old, (uint)to);
                break;
            case 2:
                sum = Replace(old, (ushort)from, (ushort)to);
                break;
            case 4:
                sum = Replace(old, (uint)from, (uint)to);
                break;
            default:
                return unchecked((ulong)MapError.Invalid);
        }

        Set(packet, offset, (flags & MangledZero) != 0 && sum == 0 ? MangledValue : sum);
        return 0;
    }

    // The packet of BPF_PROG_RUN has no checksum that a device made (CHECKSUM_NONE).
    private static ulong Update(MachineState state)
    {
        SkbCalls.Context(state);
        state.Number(2);
        return unchecked((ulong)MapError.NotImplemented);
    }

    private static ulong Level(MachineState state)
    {
        const ulong Query = 0, Last = 3;
        SkbCalls.Context(state);
        ulong level = state.Argument(2);
        return level == Query ? unchecked((ulong)MapError.Denied) : level <= Last ? 0 : unchecked((ulong)MapError.Invalid);
    }

    private static bool IsPlace(PacketFrame packet, uint offset) =>
        offset <= LastOffset && offset % 2 == 0 && offset + sizeof(ushort) <= packet.Length;

    private static ushort At(PacketFrame packet, uint offset) => BinaryPrimitives.ReadUInt16LittleEndian(packet.Bytes[(int)offset..]);

    private static void Set(PacketFrame packet, uint offset, ushort sum)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(packet.Bytes[(int)offset..], sum);
        packet.Region.MarkWritten(packet.Data + (int)offset, sizeof(ushort));
    }

    private static ushort Replace(ushort old, uint from, uint to) => (ushort)~Fold(Add(Add((ushort)~old, ~from), to));

    private static ushort ByDifference(ushort old, uint difference) => (ushort)~Fold(Add(difference, ~(uint)old));

    private static uint Sum(ReadOnlySpan<byte> bytes, uint sum)
    {
        for (; bytes.Length >= sizeof(uint); bytes = bytes[sizeof(uint)..]) sum = Add(sum, BinaryPrimitives.ReadUInt32LittleEndian(bytes));
        uint rest = 0;
        for (int i = 0; i < bytes.Length; i++) rest |= (uint)bytes[i] << (8 * i);
        return Add(sum, rest);
    }

    private static uint Add(uint left, uint right)
    {
        ulong sum = (ulong)left + right;
        return (uint)sum + (uint)(sum >> 32);
    }

    public static ushort Add16(ushort left, ushort right)
    {
        int sum = left + right;
        return (ushort)(sum + (sum >> 16));
    }

    private static ushort Fold(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)(sum + (sum >> 16));
    }
}
