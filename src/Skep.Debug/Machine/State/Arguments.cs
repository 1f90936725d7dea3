using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;

namespace Skep.Debug.Machine.State;

/// <summary>The arguments of a call, r1 to r5, as what it takes them for.</summary>
internal static class Arguments
{
    private const int MostEvents = 1 << 20;

    public static ulong Argument(this MachineState state, int register)
    {
        state.Blamed = register;
        if ((state.Initialized & (1 << register)) == 0)
            throw new MachineStopException(FaultKind.UninitializedRegister, "it was not written", null, register);
        return state.Registers[register];
    }

    public static uint Number(this MachineState state, int register) => (uint)state.Argument(register);

    public static int Size(this MachineState state, int register)
    {
        ulong size = state.Argument(register);
        return size <= int.MaxValue ? (int)size
            : throw new MachineStopException(FaultKind.InvalidArgument, $"a size of 0x{size:x} is negative or too large", null, register);
    }

    public static ReadOnlySpan<byte> Read(this MachineState state, int register, int size) =>
        state.Memory.Read(state.Argument(register), size);

    public static Span<byte> Write(this MachineState state, int register, int size) =>
        state.Memory.Write(state.Argument(register), size);

    public static MachineMap Map(this MachineState state, int register)
    {
        ulong address = state.Argument(register);
        return state.Maps.At(address)
            ?? throw new MachineStopException(FaultKind.InvalidArgument, $"0x{address:x} is no map", null, register);
    }

    public static T Map<T>(this MachineState state, int register)
        where T : MachineMap
    {
        MachineMap map = state.Map(register);
        return map as T ?? throw new MachineStopException(FaultKind.InvalidArgument,
            $"map {map.Definition.Name} is of another type than the call takes", null, register);
    }

    public static ReadOnlySpan<byte> Key(this MachineState state, MachineMap map, int register) =>
        state.Read(register, (int)map.Definition.KeySize);

    public static ReadOnlySpan<byte> Value(this MachineState state, MachineMap map, int register) =>
        state.Read(register, (int)map.Definition.ValueSize);

    /// <summary>The object that a register has the address of.</summary>
    public static OwnedObject Object(this MachineState state, int register)
    {
        ulong address = state.Argument(register);
        return OwnedObject.At(state.Memory, address) ?? throw new MachineStopException(
            FaultKind.InvalidArgument, $"0x{address:x} is no object that the program made, or it is not there any more", null, register);
    }

    /// <summary>The address of a field that only calls change.</summary>
    public static ulong Field(this MachineState state, int register, SpecialFieldKind kind)
    {
        ulong address = state.Argument(register);
        return OwnedFields.At(state.Memory, address)?.Kind == kind ? address : throw new MachineStopException(
            FaultKind.InvalidArgument, $"0x{address:x} is no {Describe(kind)} in a value or an object whose type is known", null, register);
    }

    public static void RequireContext(this MachineState state, int register)
    {
        ulong address = state.Argument(register);
        if (address != AddressSpace.AddressOf(state.Context.Region, 0))
            throw new MachineStopException(FaultKind.InvalidArgument, $"0x{address:x} is not the context", null, register);
    }

    /// <summary>The place of a function of the program that a register has the address of.</summary>
    public static int Function(this MachineState state, int register)
    {
        ulong address = state.Argument(register);
        Region region = state.Memory.RegionOf(address);
        long offset = AddressSpace.OffsetOf(region, address);
        return region.Kind == RegionKind.Function && offset % 8 == 0 && state.Code.IsPlace((int)(offset / 8)) ? (int)(offset / 8)
            : throw new MachineStopException(FaultKind.InvalidArgument, $"0x{address:x} is no function of the program", null, register);
    }

    private static string Describe(SpecialFieldKind kind) => kind switch
    {
        SpecialFieldKind.Lock => "lock",
        SpecialFieldKind.Timer => "bpf_timer",
        SpecialFieldKind.Work => "bpf_wq",
        SpecialFieldKind.Pointer => "pointer of kind __kptr",
        SpecialFieldKind.ListHead => "bpf_list_head",
        SpecialFieldKind.ListNode => "bpf_list_node",
        SpecialFieldKind.TreeRoot => "bpf_rb_root",
        SpecialFieldKind.TreeNode => "bpf_rb_node",
        SpecialFieldKind.Count => "bpf_refcount",
        _ => "such field",
    };

    public static void Send(this MachineState state, MachineEventKind kind, string target, ReadOnlySpan<byte> bytes)
    {
        if (state.Events.Count == MostEvents)
            throw new MachineStopException(FaultKind.NotSimulated, $"it sends more than the {MostEvents} records that a run may");
        state.Events.Add(new MachineEvent(kind, state.Steps, target, bytes.ToArray()));
    }
}
