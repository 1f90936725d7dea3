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
        ("bpf_list_push_front", state => Push(state, isBack: false)),
        ("bpf_list_push_back", state => Push(state, isBack: true)),
        ("bpf_list_add", Add),
        ("bpf_list_del", Delete),
        ("bpf_list_pop_front", state => Pop(state, isBack: false)),
        ("bpf_list_pop_back", state => Pop(state, isBack: true)),
        ("bpf_list_front", state => ListLinks.Peek(state.Memory, state.Field(1, SpecialFieldKind.ListHead), isBack: false)),
        ("bpf_list_back", state => ListLinks.Peek(state.Memory, state.Field(1, SpecialFieldKind.ListHead), isBack: true)),
        ("bpf_list_empty", state => ListLinks.Peek(state.Memory, state.Field(1, SpecialFieldKind.ListHead), isBack: false) == 0 ? 1UL : 0),
        ("bpf_list_is_first", state => IsAt(state, isBack: false)),
        ("bpf_list_is_last", state => IsAt(state, isBack: true)),
    ];

    /// <summary>
    /// Takes the node in a register for a list or a tree, with the program's reference to its object. One that is in a list or a tree
    /// already, or has no place in this one, gives up that reference.
    /// </summary>
    public static bool TryTake(MachineState state, int register, SpecialFieldKind kind, int owner, bool hasPlace = true)
    {
        ulong node = state.Field(register, kind);
        OwnedObject of = state.Memory.RegionOf(node) as OwnedObject
            ?? throw new MachineStopException(FaultKind.InvalidArgument, "the node is in no object that the program made", null, register);
        state.OpenObjects--;
        if (hasPlace && NodeOwner.TryTake(state.Memory, node + (ulong)owner)) return true;
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
    // A node behind one that is in another list, or in none, ends as one that is in a list already does.
    private static ulong Add(MachineState state)
    {
        ulong head = state.Field(1, SpecialFieldKind.ListHead), before = state.Field(3, SpecialFieldKind.ListNode);
        bool isIn = ListLinks.IsIn(state.Memory, head, before);
        if (!TryTake(state, 2, SpecialFieldKind.ListNode, ListLinks.Owner, isIn)) return unchecked((uint)MapError.Invalid);
        ListLinks.InsertAfter(state.Memory, head, state.Argument(2), before);
        return 0;
    }

    private static ulong Delete(MachineState state)
    {
        ulong head = state.Field(1, SpecialFieldKind.ListHead), node = state.Field(2, SpecialFieldKind.ListNode);
        if (!ListLinks.IsIn(state.Memory, head, node)) return 0;
        ListLinks.Unlink(state.Memory, node);
        state.OpenObjects++;
        return node;
    }

    private static ulong IsAt(MachineState state, bool isBack)
    {
        ulong head = state.Field(1, SpecialFieldKind.ListHead), node = state.Field(2, SpecialFieldKind.ListNode);
        return ListLinks.IsIn(state.Memory, head, node) && ListLinks.Peek(state.Memory, head, isBack) == node ? 1UL : 0;
    }
}
