using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Trees of objects, which a function of the program puts in order.</summary>
internal static class TreeCalls
{
    private const ushort TwoArguments = 0b110;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_rbtree_add", Add),
        ("bpf_rbtree_remove", Remove),
        ("bpf_rbtree_first", state => TreeLinks.Leftmost(state.Memory, state.Field(1, SpecialFieldKind.TreeRoot))),
        ("bpf_rbtree_root", state => TreeLinks.Root(state.Memory, state.Field(1, SpecialFieldKind.TreeRoot))),
        ("bpf_rbtree_left", state => Child(state, TreeLinks.Left)),
        ("bpf_rbtree_right", state => Child(state, TreeLinks.Right)),
    ];

    /// <summary>Goes on where a comparison returned: with the next node, or with the caller when the place is found.</summary>
    public static void Compared(MachineState state, ref Frame frame, bool isBefore)
    {
        int side = isBefore ? TreeLinks.Left : TreeLinks.Right;
        frame.IsFirst &= isBefore;
        ulong next = TreeLinks.Child(state.Memory, frame.Other, side);
        if (next != 0)
        {
            frame.Other = next;
            state.Begin(frame.Function, TwoArguments);
            Give(state, frame);
            return;
        }

        TreeLinks.Insert(state.Memory, frame.Root, frame.Node, frame.Other, side, frame.IsFirst);
        state.Leave();
        state.Registers[0] = 0;
        state.Initialized |= 1;
    }

    private static ulong Add(MachineState state)
    {
        ulong root = state.Field(1, SpecialFieldKind.TreeRoot);
        int function = state.Function(3);
        if (!ListCalls.TryTake(state, 2, SpecialFieldKind.TreeNode, TreeLinks.Owner)) return unchecked((uint)MapError.Invalid);
        ulong node = state.Argument(2), top = TreeLinks.Root(state.Memory, root);
        if (top == 0)
        {
            TreeLinks.Insert(state.Memory, root, node, 0, TreeLinks.Left, isFirst: true);
            return 0;
        }

        state.Enter(function, state.Next, TwoArguments, CallerKind.TreeAdd);
        ref Frame frame = ref state.Frames[state.Depth];
        (frame.Root, frame.Node, frame.Other, frame.IsFirst) = (root, node, top, true);
        Give(state, frame);
        return 0;
    }

    private static void Give(MachineState state, in Frame frame) => (state.Registers[1], state.Registers[2]) = (frame.Node, frame.Other);

    private static ulong Remove(MachineState state)
    {
        ulong root = state.Field(1, SpecialFieldKind.TreeRoot), node = state.Field(2, SpecialFieldKind.TreeNode);
        if (!IsIn(state, root, node)) return 0;
        TreeLinks.Remove(state.Memory, root, node);
        state.OpenObjects++;
        return node;
    }

    private static ulong Child(MachineState state, int side)
    {
        ulong root = state.Field(1, SpecialFieldKind.TreeRoot), node = state.Field(2, SpecialFieldKind.TreeNode);
        return IsIn(state, root, node) ? TreeLinks.Child(state.Memory, node, side) : 0;
    }

    private static bool IsIn(MachineState state, ulong root, ulong node) => state.Memory.Load<ulong>(node + TreeLinks.Owner) == root;
}
