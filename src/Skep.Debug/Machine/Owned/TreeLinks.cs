using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Owned;

/// <summary>
/// Red-black trees in the memory of programs. They have the shape that lib/rbtree.c of the kernel gives them, as programs walk them. A node
/// is <c>struct bpf_rb_node_kern</c>, a root <c>struct rb_root_cached</c>.
/// </summary>
internal static class TreeLinks
{
    /// <summary>The right child of a node.</summary>
    public const int Right = 8;

    /// <summary>The left child of a node.</summary>
    public const int Left = 16;

    /// <summary>Where a node has its tree.</summary>
    public const int Owner = 24;

    private const int Sides = Left + Right, First = 8;
    private const ulong Black = 1, Red = 0;

    // More than a tree of all addresses of a machine is high: memory that a program which the kernel refuses has written to ends so.
    private const int Highest = 128;

    /// <summary>Makes a node one that is in no tree.</summary>
    public static void Clear(AddressSpace space, ulong node) => space.Store<ulong>(node, node);

    /// <summary>Makes a root that of an empty tree.</summary>
    public static void Empty(AddressSpace space, ulong root)
    {
        space.Store<ulong>(root, 0);
        space.Store<ulong>(root + First, 0);
    }

    public static ulong Root(AddressSpace space, ulong root) => space.Load<ulong>(root);

    /// <summary>The node that is the first in order; 0 for none.</summary>
    public static ulong Leftmost(AddressSpace space, ulong root) => space.Load<ulong>(root + First);

    public static ulong Child(AddressSpace space, ulong node, int side) => space.Load<ulong>(node + (ulong)side);

    /// <summary>Puts a node below another one.</summary>
    /// <param name="space">The memory.</param>
    /// <param name="root">The tree.</param>
    /// <param name="node">The node.</param>
    /// <param name="parent">The one above it; 0 in an empty tree.</param>
    /// <param name="side">On which side of that one.</param>
    /// <param name="isFirst">Whether it is the first in order.</param>
    public static void Insert(AddressSpace space, ulong root, ulong node, ulong parent, int side, bool isFirst)
    {
        space.Store<ulong>(node, parent | Red);
        Set(space, node, Left, 0);
        Set(space, node, Right, 0);
        if (parent == 0) space.Store<ulong>(root, node);
        else Set(space, parent, side, node);
        if (isFirst) space.Store<ulong>(root + First, node);
        Redden(space, root, node);
        space.Store<ulong>(node + Owner, root);
    }

    /// <summary>Takes a node out.</summary>
    public static void Remove(AddressSpace space, ulong root, ulong node)
    {
        if (Leftmost(space, root) == node) space.Store<ulong>(root + First, Next(space, node));
        ulong thin = Unlink(space, root, node);
        if (thin != 0) Blacken(space, root, thin);
        Clear(space, node);
        space.Store<ulong>(node + Owner, NodeOwner.Nobody);
    }

    /// <summary>The objects whose nodes are in a tree.</summary>
    public static IEnumerable<OwnedObject> Objects(AddressSpace space, ulong root)
    {
        var seen = new HashSet<ulong>();
        var open = new Stack<ulong>([Root(space, root)]);
        while (open.TryPop(out ulong node))
        {
            if (OwnedFields.At(space, node) is not { Kind: SpecialFieldKind.TreeNode } || !seen.Add(node)) continue;
            if (space.RegionOf(node) is OwnedObject found) yield return found;
            open.Push(Child(space, node, Left));
            open.Push(Child(space, node, Right));
        }
    }

    // What a node has above it and its colour are one number.
    private static ulong Parent(AddressSpace space, ulong node) => space.Load<ulong>(node) & ~3UL;

    private static bool IsRed(AddressSpace space, ulong node) => node != 0 && (space.Load<ulong>(node) & Black) == 0;

    private static void Set(AddressSpace space, ulong node, int side, ulong child) => space.Store<ulong>(node + (ulong)side, child);

    private static void SetParent(AddressSpace space, ulong node, ulong parent, ulong colour)
    {
        if (node != 0) space.Store<ulong>(node, parent | colour);
    }

    private static void Adopt(AddressSpace space, ulong node, ulong parent)
    {
        if (node != 0) space.Store<ulong>(node, (space.Load<ulong>(node) & Black) | parent);
    }

    // Puts a node in the place of another one below what is above that.
    private static void Replace(AddressSpace space, ulong root, ulong old, ulong now, ulong parent)
    {
        if (parent == 0) space.Store<ulong>(root, now);
        else Set(space, parent, Child(space, parent, Left) == old ? Left : Right, now);
    }

    // The node on a side of `top` comes above it; what was between them changes the side.
    private static ulong Rotate(AddressSpace space, ulong root, ulong top, int side, ulong colour)
    {
        ulong up = Child(space, top, side), between = Child(space, up, Sides - side), above = space.Load<ulong>(top);
        Set(space, top, side, between);
        Set(space, up, Sides - side, top);
        Adopt(space, between, top);
        space.Store<ulong>(up, above);
        SetParent(space, top, up, colour);
        Replace(space, root, top, up, above & ~3UL);
        return between;
    }

    // A new node is red; so may be the one above it.
    private static void Redden(AddressSpace space, ulong root, ulong node)
    {
        for (int height = 0; ; height++)
        {
            ulong parent = Parent(space, node);
            if (parent == 0)
            {
                SetParent(space, node, 0, Black);
                return;
            }

            if (!IsRed(space, parent)) return;
            RequireOrder(height);
            ulong grandparent = Parent(space, parent);
            int side = Child(space, grandparent, Right) == parent ? Right : Left;
            ulong uncle = Child(space, grandparent, Sides - side);
            if (!IsRed(space, uncle))
            {
                if (Child(space, parent, Sides - side) == node) Rotate(space, root, parent, Sides - side, Red);
                ulong between = Rotate(space, root, grandparent, side, Red);
                SetParent(space, between, grandparent, Black);
                return;
            }

            SetParent(space, uncle, grandparent, Black);
            SetParent(space, parent, grandparent, Black);
            node = grandparent;
            SetParent(space, node, Parent(space, node), Red);
        }
    }

    // Gives the node below which a black one is missing; 0 for none.
    private static ulong Unlink(AddressSpace space, ulong root, ulong node)
    {
        ulong right = Child(space, node, Right), left = Child(space, node, Left), above = space.Load<ulong>(node), parent = above & ~3UL;
        if (left == 0 || right == 0)
        {
            ulong only = left | right;
            Replace(space, root, node, only, parent);
            if (only == 0) return (above & Black) != 0 ? parent : 0;
            space.Store<ulong>(only, above);
            return 0;
        }

        // The next in order takes its place.
        ulong next = right, below = right;
        for (int height = 0; Child(space, next, Left) is not 0 and var further; height++)
        {
            RequireOrder(height);
            (below, next) = (next, further);
        }

        ulong orphan = Child(space, next, Right);
        bool wasRed = IsRed(space, next);
        if (next == right)
        {
            below = next;
        }
        else
        {
            Set(space, below, Left, orphan);
            Set(space, next, Right, right);
            Adopt(space, right, next);
        }

        Set(space, next, Left, left);
        Adopt(space, left, next);
        Replace(space, root, node, next, parent);
        SetParent(space, orphan, below, Black);
        space.Store<ulong>(next, above);
        return orphan != 0 || wasRed ? 0 : below;
    }

    private static void Blacken(AddressSpace space, ulong root, ulong parent)
    {
        ulong node = 0;
        for (int height = 0; ; height++)
        {
            RequireOrder(height);
            int side = Child(space, parent, Right) != node ? Right : Left;
            ulong sibling = Child(space, parent, side);
            if (IsRed(space, sibling))
            {
                sibling = Rotate(space, root, parent, side, Red);
                SetParent(space, sibling, parent, Black);
            }

            ulong far = Child(space, sibling, side);
            if (!IsRed(space, far))
            {
                if (!IsRed(space, Child(space, sibling, Sides - side)))
                {
                    SetParent(space, sibling, parent, Red);
                    if (IsRed(space, parent))
                    {
                        SetParent(space, parent, Parent(space, parent), Black);
                        return;
                    }

                    (node, parent) = (parent, Parent(space, parent));
                    if (parent == 0) return;
                    continue;
                }

                ulong between = Rotate(space, root, sibling, Sides - side, Red);
                SetParent(space, between, sibling, Black);
                far = sibling;
            }

            Rotate(space, root, parent, side, Black);
            SetParent(space, far, Parent(space, far), Black);
            return;
        }
    }

    private static ulong Next(AddressSpace space, ulong node)
    {
        ulong at = Child(space, node, Right);
        for (int height = 0; at != 0; height++)
        {
            RequireOrder(height);
            if (Child(space, at, Left) is 0) return at;
            at = Child(space, at, Left);
        }

        for (int height = 0; Parent(space, node) is not 0 and var parent; height++)
        {
            RequireOrder(height);
            if (Child(space, parent, Right) != node) return parent;
            node = parent;
        }

        return 0;
    }

    private static void RequireOrder(int height)
    {
        if (height > Highest) throw new MachineStopException(FaultKind.InvalidArgument, "the tree's links were written over");
    }
}
