using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Lists of objects.</summary>
internal static class ListCalls
{
    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_list_push_front_impl", state => Push(state, isBack: false)),
        ("bpf_list_push_back_impl", state => Push(state, isBack: true)),
        ("bpf_list_pop_front", state => Pop(state, isBack: false)),
        ("bpf_list_pop_back", state => Pop(state, isBack: true)),
        ("bpf_list_front", state => ListLinks.Peek(state.Memory, state.Field(1, SpecialFieldKind.ListHead), isBack: false)),
        ("bpf_list_back", state => ListLinks.Peek(state.Memory, state.Field(1, SpecialFieldKind.ListHead), isBack: true)),
    ];

    /// <summary>
    /// Takes the node in a register for a list or a tree, with the program's reference to its object. One that is in a list or a tree
    /// already gives up that reference.
    /// </summary>
    public static bool TryTake(MachineState state, int register, SpecialFieldKind kind, int owner)
    {
        ulong node = state.Field(register, kind);
        if (state.Memory.RegionOf(node) is not OwnedObject of)
            throw new MachineStopException(FaultKind.InvalidArgument, "the node is in no object that the program made", null, register);
        state.OpenObjects--;
        if (NodeOwner.TryTake(state.Memory, node + (ulong)owner)) return true;
        OwnedFields.Drop(state.Memory, of);
        return false;
    }

    private static ulong Push(MachineState state, bool isBack)
    {
        ulong head = state.Field(1, SpecialFieldKind.ListHead);
        if (!TryTake(state, 2, SpecialFieldKind.ListNode, ListLinks.Owner)) return unchecked((uint)MapError.Invalid);
        ListLinks.Insert(state.Memory, head, state.Argument(2), isBack);
        return 0;
    }

    private static ulong Pop(MachineState state, bool isBack)
    {
        ulong node = ListLinks.Remove(state.Memory, state.Field(1, SpecialFieldKind.ListHead), isBack);
        if (node != 0) state.OpenObjects++;
        return node;
    }
}
