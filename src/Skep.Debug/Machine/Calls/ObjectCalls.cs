using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Objects that programs make (kernel/bpf/helpers.c). Arguments that only the verifier fills in are not looked at.</summary>
internal static class ObjectCalls
{
    // Of a cache of kernel/bpf/memalloc.c: 4096 bytes with a pointer in front.
    private const int Largest = 4096 - sizeof(ulong);

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_obj_new", state => Make(state, 0)),
        ("bpf_percpu_obj_new", state => Make(state, state.Options.Cpus)),
        ("bpf_obj_drop", Drop),
        ("bpf_percpu_obj_drop", Drop),
        ("bpf_refcount_acquire", Acquire),
        ("bpf_kptr_xchg", Exchange),
    ];

    private static ulong Make(MachineState state, int cpus)
    {
        LocalTypes types = state.LocalTypes[state.Code.ProgramOf(state.Place)];
        if (types.Reason is { } reason) throw new MachineStopException(FaultKind.NotSimulated, reason, null, 1);
        ulong id = state.Argument(1);
        ObjectType type = types.Find(id)
            ?? throw new MachineStopException(FaultKind.InvalidArgument, $"type {id} of the program is no struct", null, 1);
        if (type.Size is 0 or > Largest) return 0;
        state.OpenObjects++;
        return AddressSpace.AddressOf(OwnedObject.Create(state.Memory, type, cpus), 0);
    }

    private static ulong Drop(MachineState state)
    {
        OwnedFields.Drop(state.Memory, state.Object(1));
        state.OpenObjects--;
        return 0;
    }

    private static ulong Acquire(MachineState state)
    {
        OwnedObject counted = state.Object(1);
        SpecialField field = counted.Fields.FirstOrDefault(one => one.Kind == SpecialFieldKind.Count);
        if (field.Size == 0)
            throw new MachineStopException(FaultKind.InvalidArgument, $"the {counted.Name} has no bpf_refcount", counted.Name, 1);
        ulong address = AddressSpace.AddressOf(counted, field.Offset);
        state.Memory.Store<uint>(address, state.Memory.Load<uint>(address) + 1);
        state.OpenObjects++;
        return state.Argument(1);
    }

    private static ulong Exchange(MachineState state)
    {
        ulong field = state.Field(1, SpecialFieldKind.Pointer), given = state.Argument(2);
        if (given != 0 && OwnedCpuMask.At(state.Memory, given) is null) state.Object(2);
        ulong old = state.Memory.Load<ulong>(field);
        state.Memory.Store<ulong>(field, given);
        state.OpenObjects += (old != 0 ? 1 : 0) - (given != 0 ? 1 : 0);
        return old;
    }
}
