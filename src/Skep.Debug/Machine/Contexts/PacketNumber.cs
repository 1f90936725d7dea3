using System.Buffers.Binary;

namespace Skep.Debug.Machine.Contexts;

/// <summary>The numbers that classic BPF loads from a packet (<c>bpf_internal_load_pointer_neg_helper</c> of kernel/bpf/core.c).</summary>
internal static class PacketNumber
{
    // SKF_NET_OFF and SKF_LL_OFF of include/uapi/linux/filter.h
    private const int NetworkOffset = -0x10_0000, LinkOffset = -0x20_0000;

    /// <summary>Loads a number in network order; false when its bytes are not all there.</summary>
    public static bool TryLoad(PacketFrame packet, int offset, int size, out ulong value)
    {
        long at = offset >= 0 ? packet.Data + (long)offset
            : offset >= NetworkOffset ? packet.Network + (long)offset - NetworkOffset
            : offset >= LinkOffset ? packet.Mac + (long)offset - LinkOffset : long.MaxValue;
        value = 0;
        if (at < 0 || at > packet.End - size) return false;
        ReadOnlySpan<byte> bytes = packet.Region.Bytes.AsSpan((int)at, size);
        value = size switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        };
        return true;
    }
}
