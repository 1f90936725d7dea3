using Skep.Debug.Machine.Code;
using Skep.Debug.Machine.Memory;
using Skep.Isa;

namespace Skep.Debug.Machine.Run;

/// <summary>Atomic operations. Nothing else runs, so that they are plain ones with their own rules of access.</summary>
internal static class AtomicOperation
{
    public static void Run(AddressSpace memory, ulong[] registers, in Op op)
    {
        bool isLoad = op.Code == OpCode.LoadAcquire;
        ulong address = registers[isLoad ? op.Src : op.Dst] + (ulong)op.Offset;
        Check(memory, address, op.Size);
        if (isLoad) registers[op.Dst] = Load(memory, address, op.Size);
        else if (op.Code == OpCode.StoreRelease) Store(memory, address, op.Size, registers[op.Src]);
        else Modify(memory, registers, op, address);
    }

    private static void Modify(AddressSpace memory, ulong[] registers, in Op op, ulong address)
    {
        ulong old = Load(memory, address, op.Size), operand = registers[op.Src];
        var operation = (AtomicOp)op.Target;
        ulong value = operation switch
        {
            AtomicOp.Add or AtomicOp.FetchAdd => old + operand,
            AtomicOp.Or or AtomicOp.FetchOr => old | operand,
            AtomicOp.And or AtomicOp.FetchAnd => old & operand,
            AtomicOp.Xor or AtomicOp.FetchXor => old ^ operand,
            AtomicOp.Exchange => operand,
            _ => (op.Size == 4 ? (uint)registers[0] : registers[0]) == old ? operand : old,
        };
        Store(memory, address, op.Size, value);
        if (operation == AtomicOp.CompareExchange) registers[0] = old;
        else if (op.Sets != 0) registers[op.Src] = old;
    }

    // The verifier refuses both: check_atomic of kernel/bpf/verifier.c.
    private static void Check(AddressSpace memory, ulong address, int size)
    {
        Region region = memory.RegionOf(address);
        if (region.Kind is RegionKind.Context or RegionKind.Packet)
            throw new MachineStopException(FaultKind.Atomic, $"the {region.Name} has no atomic access", region.Name);
        if (address % (ulong)size != 0)
            throw new MachineStopException(
                FaultKind.Atomic, $"{size} bytes at offset {AddressSpace.OffsetOf(region, address)} of the {region.Name} are not aligned",
                region.Name);
    }

    private static ulong Load(AddressSpace memory, ulong address, int size) => size switch
    {
        1 => memory.Load<byte>(address),
        2 => memory.Load<ushort>(address),
        4 => memory.Load<uint>(address),
        _ => memory.Load<ulong>(address),
    };

    private static void Store(AddressSpace memory, ulong address, int size, ulong value)
    {
        switch (size)
        {
            case 1: memory.Store<byte>(address, value); break;
            case 2: memory.Store<ushort>(address, value); break;
            case 4: memory.Store<uint>(address, value); break;
            default: memory.Store<ulong>(address, value); break;
        }
    }
}
