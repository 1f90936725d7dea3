using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Reads of memory by number, and of strings.</summary>
internal static class MemoryCalls
{
    private const ulong NullPage = 4096;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_probe_read", Probe),
        ("bpf_probe_read_kernel", Probe),
        ("bpf_probe_read_user", Probe),
        ("bpf_copy_from_user", Probe),
        ("bpf_probe_read_str", ProbeString),
        ("bpf_probe_read_kernel_str", ProbeString),
        ("bpf_probe_read_user_str", ProbeString),
        ("bpf_per_cpu_ptr", PerCpu),
        ("bpf_this_cpu_ptr", state => ValueOf(state, state.Options.Cpu)),
    ];

    private static ulong Probe(MachineState state)
    {
        int size = state.Size(2);
        ulong source = state.Argument(3);
        if (source < NullPage && state.Memory.ToArena(source) == source)
        {
            state.Write(1, size).Clear();
            return unchecked((ulong)MapError.Fault);
        }

        byte[] bytes = state.Memory.Read(source, size).ToArray();
        bytes.CopyTo(state.Write(1, size));
        return 0;
    }

    // The result counts the NUL.
    private static ulong ProbeString(MachineState state)
    {
        int size = state.Size(2);
        ulong source = state.Argument(3);
        if (size == 0) return 0;
        if (source < NullPage)
        {
            state.Write(1, size).Clear();
            return unchecked((ulong)MapError.Fault);
        }

        for (int i = 0; i < size; i++)
        {
            state.Blamed = 3;
            byte next = i + 1 == size ? (byte)0 : (byte)state.Memory.Load<byte>(source + (ulong)i);
            state.Memory.Store<byte>(state.Argument(1) + (ulong)i, next);
            if (next == 0) return (ulong)i + 1;
        }

        return (ulong)size;
    }

    private static ulong PerCpu(MachineState state) =>
        state.Number(2) < (uint)state.Options.Cpus ? ValueOf(state, (int)state.Number(2)) : 0;

    // Of a variable of the kernel, the machine has the value of the CPU that it runs on.
    private static ulong ValueOf(MachineState state, int cpu)
    {
        ulong address = state.Argument(1);
        return OwnedObject.At(state.Memory, address) is { IsPerCpu: true } made ? made.Value(cpu) : address;
    }
}
