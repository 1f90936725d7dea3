using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits code that reads the Ethernet address which the device that a packet came in by has now.</summary>
internal static class PresentAddress
{
    private const int AddressBytes = 6;

    /// <summary>R1 becomes the address, in the low bytes of eight. What cannot be read is zero, which is no device's.</summary>
    /// <param name="code">Takes the instructions.</param>
    /// <param name="layout">Where the address is.</param>
    /// <param name="scratch">Eight bytes of the stack, which are zero afterwards.</param>
    internal static void Emit(Assembler code, ReceiverLayout layout, short scratch)
    {
        if (layout.Cast != 0)
        {
            code.Mov(R1, Registers.Context).CallKfunc(layout.Cast).Load(MemorySize.Double, R0, R0, (short)layout.Queue)
                .Load(MemorySize.Double, R0, R0, (short)layout.Device).Load(MemorySize.Double, R3, R0, (short)layout.Address);
        }
        else
        {
            code.Mov(R3, Registers.Context).Add(R3, layout.Queue);
            foreach (var next in (int[])[layout.Device, layout.Address, 0])
            {
                Read(sizeof(ulong));
                code.Load(MemorySize.Double, R3, R10, scratch).Add(R3, next);
            }
        }
        code.Store(MemorySize.Double, R10, scratch, 0);
        Read(AddressBytes);
        code.Load(MemorySize.Double, R1, R10, scratch).Store(MemorySize.Double, R10, scratch, 0);

        void Read(int bytes) => code.Mov(R1, R10).Add(R1, scratch).Mov(R2, bytes).Call(Helpers.ProbeReadKernel);
    }
}
