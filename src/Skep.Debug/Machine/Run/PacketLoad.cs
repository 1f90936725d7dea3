using System.Buffers.Binary;
using Skep.Debug.Machine.Code;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Run;

/// <summary>
/// The packet loads of classic BPF. A load of bytes that are not there ends the function with 0 (<c>bpf_gen_ld_abs</c> of
/// net/core/filter.c).
/// </summary>
internal static class PacketLoad
{
    // SKF_NET_OFF and SKF_LL_OFF of include/uapi/linux/filter.h
    private const int NetworkOffset = -0x10_0000, LinkOffset = -0x20_0000;
    private const int ContextRegister = 6;

    public static bool Run(MachineState state, in Op op)
    {
        if (state.Context is not SkbContext context)
            throw new MachineStopException(FaultKind.InvalidInstruction, "programs of this type cannot load from the packet");
        state.RequireContext(ContextRegister);
        PacketFrame packet = context.Packet;
        int offset = (int)((op.Src == byte.MaxValue ? 0 : (uint)state.Registers[op.Src]) + (uint)op.Immediate);
        long at = offset >= 0 ? packet.Data + (long)offset
            : offset >= NetworkOffset ? packet.Network + (long)offset - NetworkOffset
            : offset >= LinkOffset ? packet.Mac + (long)offset - LinkOffset : long.MaxValue;
        state.Registers[0] = 0;
        if (at < 0 || at + op.Size > packet.End) return false;
        ReadOnlySpan<byte> bytes = packet.Region.Bytes.AsSpan((int)at, op.Size);
        state.Registers[0] = op.Size switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        };
        return true;
    }
}
