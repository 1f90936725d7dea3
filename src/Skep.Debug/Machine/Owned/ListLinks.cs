using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Owned;

/// <summary>
/// Doubly linked lists in the memory of programs, as the kernel has them: <c>struct list_head</c> is the next and the previous one, and a
/// node has its list behind them (<c>struct bpf_list_node_kern</c>).
/// </summary>
internal static class ListLinks
{
    /// <summary>Where a node has its list.</summary>
    public const int Owner = 16;

    private const int Previous = 8;

    /// <summary>Makes a head or a node a list of its own.</summary>
    public static void Empty(AddressSpace space, ulong at)
    {
        space.Store<ulong>(at, at);
        space.Store<ulong>(at + Previous, at);
    }

    /// <summary>Puts a node at the front or the back.</summary>
    public static void Insert(AddressSpace space, ulong head, ulong node, bool isBack)
    {
        Begin(space, head);
        InsertAfter(space, head, node, isBack ? space.Load<ulong>(head + Previous) : head);
    }

    /// <summary>Puts a node behind another of the list.</summary>
    public static void InsertAfter(AddressSpace space, ulong head, ulong node, ulong before)
    {
        ulong after = space.Load<ulong>(before);
        space.Store<ulong>(after + Previous, node);
        space.Store<ulong>(node, after);
        space.Store<ulong>(node + Previous, before);
        space.Store<ulong>(before, node);
        space.Store<ulong>(node + Owner, head);
    }

    /// <summary>Takes the first or the last node out of a list; 0 for an empty one.</summary>
    public static ulong Remove(AddressSpace space, ulong head, bool isBack)
    {
        Begin(space, head);
        ulong node = space.Load<ulong>(isBack ? head + Previous : head);
        if (node == head) return 0;
        Unlink(space, node);
        return node;
    }

    /// <summary>Takes a node out of its list.</summary>
    public static void Unlink(AddressSpace space, ulong node)
    {
        ulong after = space.Load<ulong>(node), before = space.Load<ulong>(node + Previous);
        space.Store<ulong>(after + Previous, before);
        space.Store<ulong>(before, after);
        Empty(space, node);
        space.Store<ulong>(node + Owner, NodeOwner.Nobody);
    }

    /// <summary>Whether a node is in a list.</summary>
    public static bool IsIn(AddressSpace space, ulong head, ulong node) => space.Load<ulong>(node + Owner) == head;

    /// <summary>The first or the last node, which stays; 0 for none.</summary>
    public static ulong Peek(AddressSpace space, ulong head, bool isBack)
    {
        ulong next = space.Load<ulong>(head);
        return next == 0 || next == head ? 0 : space.Load<ulong>(isBack ? head + Previous : head);
    }

    /// <summary>The objects whose nodes are in a list.</summary>
    public static IEnumerable<OwnedObject> Objects(AddressSpace space, ulong head)
    {
        // What is no node of an object ends it, so that it does for memory that a program which the kernel refuses has written to.
        var seen = new HashSet<ulong>();
        for (ulong at = space.Load<ulong>(head); at != head && seen.Add(at); at = space.Load<ulong>(at))
        {
            if (OwnedFields.At(space, at) is not { Kind: SpecialFieldKind.ListNode }) yield break;
            if (space.RegionOf(at) is OwnedObject found) yield return found;
        }
    }

    // A map's values are zeros at first.
    private static void Begin(AddressSpace space, ulong head)
    {
        if (space.Load<ulong>(head) == 0) Empty(space, head);
    }
}
