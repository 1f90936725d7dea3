using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Reads of memory by number, and of strings.</summary>
internal static class MemoryCalls
{
    private const ulong NullPage = 4096;

    // TASK_SIZE of x86-64 and of arm64: below are the addresses of processes.
    private const ulong FirstOfKernel = 1UL << 47;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_probe_read", state => Probe(state, RefusedOfEither)),
        ("bpf_probe_read_kernel", state => Probe(state, RefusedOfKernel)),
        ("bpf_probe_read_user", state => Probe(state, RefusedOfProcess)),
        ("bpf_copy_from_user", state => Probe(state, RefusedOfProcess)),
        ("bpf_probe_read_str", state => ProbeString(state, RefusedOfEither)),
        ("bpf_probe_read_kernel_str", state => ProbeString(state, RefusedOfKernel)),
        ("bpf_probe_read_user_str", state => ProbeString(state, RefusedOfProcess)),
        ("bpf_probe_read_kernel_dynptr", state => (uint)ProbeDynptr(state, isKernel: true, isText: false)),
        ("bpf_probe_read_user_dynptr", state => (uint)ProbeDynptr(state, isKernel: false, isText: false)),
        ("bpf_probe_read_kernel_str_dynptr", state => (uint)ProbeDynptr(state, isKernel: true, isText: true)),
        ("bpf_probe_read_user_str_dynptr", state => (uint)ProbeDynptr(state, isKernel: false, isText: true)),
        ("bpf_per_cpu_ptr", PerCpu),
        ("bpf_this_cpu_ptr", state => ValueOf(state, state.Options.Cpu)),
    ];

    private static ulong Probe(MachineState state, Func<MachineState, ulong, long> refused)
    {
        int size = state.Size(2);
        ulong source = state.Argument(3);
        if (refused(state, source) is not 0 and var error)
        {
            state.Write(1, size).Clear();
            return (ulong)error;
        }

        byte[] bytes = state.Memory.Read(source, size).ToArray();
        bytes.CopyTo(state.Write(1, size));
        return 0;
    }

    // copy_from_kernel_nofault of mm/maccess.c gives another error for an address of a process than for one of nothing.
    private static long RefusedOfKernel(MachineState state, ulong source) =>
        source < FirstOfKernel && state.Memory.ToArena(source) == source ? MapError.Range : 0;

    // All memory of the machine is the kernel's.
    private static long RefusedOfProcess(MachineState state, ulong source) =>
        state.Memory.ToArena(source) != source ? 0
            : source is < NullPage or > long.MaxValue || state.Memory.RegionOf(source).Kind != RegionKind.None ? MapError.Fault : 0;

    // bpf_probe_read of kernel/trace/bpf_trace.c: it depends on the address which of both it is.
    private static long RefusedOfEither(MachineState state, ulong source) =>
        source < FirstOfKernel ? RefusedOfProcess(state, source) : RefusedOfKernel(state, source);

    // The result counts the NUL.
    private static ulong ProbeString(MachineState state, Func<MachineState, ulong, long> refused)
    {
        int size = state.Size(2);
        ulong source = state.Argument(3);
        if (size == 0) return 0;
        if (refused(state, source) is not 0 and var error)
        {
            state.Write(1, size).Clear();
            return (ulong)error;
        }

        return (ulong)CopyString(state, state.Argument(1), source, size);
    }

    // What cannot be read leaves the memory as it is, unlike the helpers. An address of the other kind is refused for 0 bytes, too.
    private static long ProbeDynptr(MachineState state, bool isKernel, bool isText)
    {
        Dynptr target = Dynptr.Read(state, 1);
        ulong offset = state.Argument(2), size = state.Argument(3), source = state.Argument(4);
        if (target.Check(offset, size) is not 0 and var outside) return outside;
        bool isPlace = isKernel ? source >= FirstOfKernel : source < NullPage || RefusedOfProcess(state, source) == 0;
        if (size == 0 && (isText || target.IsReadOnly || target.IsNull || isPlace)) return 0;
        if ((isKernel ? RefusedOfKernel(state, source) : RefusedOfProcess(state, source)) is not 0 and var error) return error;
        if (target.IsReadOnly) return MapError.Invalid;
        ulong into = target.AddressOf(state, offset);
        return isText ? CopyString(state, into, source, (int)size) : Copy(state, into, source, (int)size);
    }

    private static long Copy(MachineState state, ulong target, ulong source, int size)
    {
        byte[] bytes = state.Memory.Read(source, size).ToArray();
        bytes.CopyTo(state.Memory.Write(target, size));
        return 0;
    }

    private static long CopyString(MachineState state, ulong target, ulong source, int size)
    {
        for (int i = 0; i < size; i++)
        {
            state.Blamed = 3;
            byte next = i + 1 == size ? (byte)0 : (byte)state.Memory.Load<byte>(source + (ulong)i);
            state.Memory.Store<byte>(target + (ulong)i, next);
            if (next == 0) return i + 1;
        }

        return size;
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
