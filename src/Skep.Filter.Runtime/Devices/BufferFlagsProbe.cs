using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Isa;

namespace Skep.Filter.Runtime.Devices;

/// <summary>Finds out whether a program can read whether a packet has several buffers.</summary>
internal static class BufferFlagsProbe
{
    /// <summary>Where it says so.</summary>
    /// <returns>Null when programs may not read it: the kernel is older than Linux 6.2, or has no BTF.</returns>
    internal static BufferFlags? Find(KernelTypes kernel)
    {
        if (ContextLayout.Cast(kernel) is not (not 0 and var cast)
            || ContextLayout.Offset(kernel, "xdp_buff", "flags") is not (<= short.MaxValue and { } offset)
            || ContextLayout.Value(kernel, "xdp_buff_flags", "XDP_FLAGS_HAS_FRAGS") is not { } several) return null;
        var flags = new BufferFlags(cast, offset, (int)several);
        return MayRead(flags) ? flags : null;
    }

    private static bool MayRead(BufferFlags flags)
    {
        var code = new Assembler().Mov(Registers.Context, Register.R1).Load(MemorySize.Word, Registers.Packet, Registers.Context)
            .Load(MemorySize.Word, Registers.PacketEnd, Registers.Context, 4);
        PacketLength.Emit(code, hasFrags: true, flags);
        return ContextLayout.Loads(code.Mov(Register.R0, XdpAction.Pass).Exit());
    }
}
