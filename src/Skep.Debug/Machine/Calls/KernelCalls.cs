using System.Buffers.Binary;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Other kernel functions: iterators of numbers, sections that are not interrupted, arenas, exceptions.</summary>
internal static class KernelCalls
{
    private const int IteratorSize = 8;

    // Of a function that returns an int, the upper half of the register is what its machine code leaves there: zeros.
    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_iter_num_new", state => (uint)NewNumbers(state)),
        ("bpf_iter_num_next", NextNumber),
        ("bpf_iter_num_destroy", state => Set(state, 0, 0)),
        ("bpf_rcu_read_lock", _ => 0),
        ("bpf_rcu_read_unlock", _ => 0),
        ("bpf_preempt_disable", _ => 0),
        ("bpf_preempt_enable", _ => 0),
        ("bpf_local_irq_save", state => Set(state, 0, 0)),
        ("bpf_local_irq_restore", state => Set(state, 0, 0)),
        ("bpf_xdp_metadata_rx_timestamp", _ => unchecked((uint)MapError.NotSupported)),
        ("bpf_xdp_metadata_rx_hash", _ => unchecked((uint)MapError.NotSupported)),
        ("bpf_xdp_metadata_rx_vlan_tag", _ => unchecked((uint)MapError.NotSupported)),
        ("bpf_arena_alloc_pages", AllocatePages),
        ("bpf_arena_free_pages", FreePages),
        ("bpf_throw", Throw),
        ("bpf_rdonly_cast", state => state.Argument(1)),
    ];

    // There are no flags.
    private static ulong AllocatePages(MachineState state) =>
        state.Argument(5) == 0 ? state.Map<ArenaMap>(1).Allocate(state.Argument(2), state.Number(3)) : 0;

    private static ulong NewNumbers(MachineState state)
    {
        int start = (int)state.Argument(2), end = (int)state.Argument(3);
        long fault = start > end ? MapError.Invalid : (long)end - start > MachineState.MostIterations ? MapError.TooBig : 0;
        if (fault != 0) Set(state, 0, 0);
        else Set(state, unchecked(start - 1), end);
        return (ulong)fault;
    }

    private static ulong NextNumber(MachineState state)
    {
        ReadOnlySpan<byte> iterator = state.Read(1, IteratorSize);
        int current = BinaryPrimitives.ReadInt32LittleEndian(iterator), end = BinaryPrimitives.ReadInt32LittleEndian(iterator[4..]);

        // The smallest number's predecessor is the largest one, as in the kernel.
        int next = unchecked(current + 1);
        if (next >= end) return Set(state, 0, 0);
        Set(state, next, end);
        return state.Argument(1);
    }

    private static ulong Set(MachineState state, int current, int end)
    {
        Span<byte> iterator = state.Write(1, IteratorSize);
        BinaryPrimitives.WriteInt32LittleEndian(iterator, current);
        BinaryPrimitives.WriteInt32LittleEndian(iterator[4..], end);
        return 0;
    }

    private static ulong FreePages(MachineState state)
    {
        state.Map<ArenaMap>(1).Free(state.Argument(2), state.Number(3));
        return 0;
    }

    // bpf_throw of kernel/bpf/helpers.c: the program's own callback runs in the frame of the program. Without one, it returns the cookie.
    private static ulong Throw(MachineState state)
    {
        ulong cookie = state.Argument(1);
        int callback = state.Code.ExceptionCallbacks[state.Code.ProgramOf(state.Frames[0].Function)];
        if (callback < 0)
        {
            state.IsEnded = true;
            return cookie;
        }

        while (state.Depth > 0) state.Leave();
        state.Frames[0].Function = callback;
        state.Begin(callback, 1 << 1);
        state.Registers[1] = cookie;
        return 0;
    }
}
