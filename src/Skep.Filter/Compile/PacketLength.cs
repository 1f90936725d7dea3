using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits code that finds the length of the whole packet.</summary>
internal static class PacketLength
{
    /// <summary>R0 becomes the length; R1 is used.</summary>
    /// <param name="code">Takes the instructions.</param>
    /// <param name="hasFrags">Whether packets may have several buffers: what is behind the first is not before <c>data_end</c>.</param>
    /// <param name="flags">Where a packet says so; null where that is not known.</param>
    internal static void Emit(Assembler code, bool hasFrags, BufferFlags? flags)
    {
        if (!hasFrags)
        {
            Subtract(code);
            return;
        }
        if (flags is not { } known)
        {
            Call(code);
            return;
        }
        var single = code.DefineLabel("one buffer");
        code.Mov(R1, Registers.Context).CallKfunc(known.Cast).Load(MemorySize.Word, R1, R0, (short)known.Offset).And(R1, known.Several);
        Subtract(code);
        code.JumpIf(Condition.Equal, R1, 0, single);
        Call(code);
        code.Bind(single);
    }

    private static void Subtract(Assembler code) => code.Mov(R0, Registers.PacketEnd).Sub(R0, Registers.Packet);

    private static void Call(Assembler code) => code.Mov(R1, Registers.Context).Call(Helpers.GetBufferLength);
}
