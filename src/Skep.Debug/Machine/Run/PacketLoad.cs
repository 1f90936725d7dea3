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
    private const int ContextRegister = 6;

    public static bool Run(MachineState state, in Op op)
    {
        if (state.Context is not SkbContext context)
            throw new MachineStopException(FaultKind.InvalidInstruction, "programs of this type cannot load from the packet");
        state.RequireContext(ContextRegister);
        int offset = (int)((op.Src == byte.MaxValue ? 0 : (uint)state.Registers[op.Src]) + (uint)op.Immediate);
        bool isThere = PacketNumber.TryLoad(context.Packet, offset, op.Size, out ulong value);
        state.Registers[0] = value;
        return isThere;
    }
}
