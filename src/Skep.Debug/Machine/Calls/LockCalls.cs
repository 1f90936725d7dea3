using System.Buffers.Binary;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>
/// Locks. A machine has one thread: the only lock that it cannot take is one that it holds (kernel/bpf/rqspinlock.c finds that deadlock).
/// </summary>
internal static class LockCalls
{
    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_spin_lock", Lock),
        ("bpf_spin_unlock", Unlock),
        ("bpf_res_spin_lock", LockResilient),
        ("bpf_res_spin_unlock", UnlockResilient),
        ("bpf_res_spin_lock_irqsave", LockWithoutInterrupts),
        ("bpf_res_spin_unlock_irqrestore", UnlockWithInterrupts),
    ];

    private static ulong Lock(MachineState state)
    {
        ulong address = state.Argument(1);
        state.Read(1, sizeof(uint));
        if (state.HeldLock != 0) throw new MachineStopException(FaultKind.InvalidArgument, "a lock is held already", null, 1);
        state.HeldLock = address;
        return 0;
    }

    private static ulong Unlock(MachineState state)
    {
        if (state.HeldLock != state.Argument(1)) throw NotHeld();
        state.HeldLock = 0;
        return 0;
    }

    private static ulong LockResilient(MachineState state)
    {
        ulong address = state.Field(1, SpecialFieldKind.Lock);
        if (state.HeldResilientLocks.Contains(address)) return unchecked((uint)MapError.Deadlock);
        state.HeldResilientLocks = [.. state.HeldResilientLocks, address];
        return 0;
    }

    // They are given back in the reverse order.
    private static ulong UnlockResilient(MachineState state)
    {
        if (state.HeldResilientLocks is not [.. var others, var last] || last != state.Argument(1)) throw NotHeld();
        state.HeldResilientLocks = others;
        return 0;
    }

    private static ulong LockWithoutInterrupts(MachineState state)
    {
        Span<byte> flags = state.Write(2, sizeof(ulong));
        ulong result = LockResilient(state);
        if (result == 0) BinaryPrimitives.WriteUInt64LittleEndian(flags, 0);
        return result;
    }

    private static ulong UnlockWithInterrupts(MachineState state)
    {
        state.Read(2, sizeof(ulong));
        return UnlockResilient(state);
    }

    private static MachineStopException NotHeld() =>
        new(FaultKind.InvalidArgument, "it is not the lock that was taken last and is held", null, 1);
}
