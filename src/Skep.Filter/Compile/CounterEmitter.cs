using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits counting.</summary>
internal static class CounterEmitter
{
    /// <summary>Adds the packet and its bytes to the counter that a register points at. R1 and R2 are used.</summary>
    internal static void Add(Assembler code, Register counter) => code
        .Load(MemorySize.Double, R1, counter).Add(R1, 1).Store(MemorySize.Double, counter, 0, R1)
        .Load(MemorySize.Double, R1, counter, 8).Load(MemorySize.Word, R2, R10, Slots.Length + 4).Add(R1, R2)
        .Store(MemorySize.Double, counter, 8, R1);
}
