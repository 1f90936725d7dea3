using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Owned;

/// <summary>The list or the tree that a node is in.</summary>
internal static class NodeOwner
{
    public const ulong Nobody = 0;

    // BPF_PTR_POISON of include/linux/poison.h, less what a kernel adds: a node that is on its way.
    private const ulong Poison = 0xeb9f;

    /// <summary>Takes a node for a list or a tree.</summary>
    /// <param name="space">The memory.</param>
    /// <param name="owner">Where the node has its owner.</param>
    /// <returns>False where it is in one already.</returns>
    public static bool TryTake(AddressSpace space, ulong owner)
    {
        if (space.Load<ulong>(owner) != Nobody) return false;
        space.Store<ulong>(owner, Poison);
        return true;
    }
}
