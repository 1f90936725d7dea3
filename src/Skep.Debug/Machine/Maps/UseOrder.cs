using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>The slots of a hash by their last use. The kernel's order is an approximation of this one, per CPU.</summary>
internal sealed class UseOrder(AddressSpace space, int slots)
{
    // The list begins and ends in the entry behind the last slot. Links are relative to their own slot, so that zeros are empty lists.
    private readonly IntTable _newer = space.NewTable(slots + 1);
    private readonly IntTable _older = space.NewTable(slots + 1);

    public int Oldest => Newer(slots);

    public void Add(int slot)
    {
        int newest = Older(slots);
        Link(newest, slot);
        Link(slot, slots);
    }

    public void Forget(int slot) => Link(Older(slot), Newer(slot));

    public void Use(int slot)
    {
        Forget(slot);
        Add(slot);
    }

    /// <summary>Puts a slot where another one was, as the one used last.</summary>
    public void Replace(int old, int slot)
    {
        Forget(old);
        Add(slot);
    }

    private int Newer(int slot) => slot + _newer[slot];

    private int Older(int slot) => slot + _older[slot];

    private void Link(int older, int newer)
    {
        _newer[older] = newer - older;
        _older[newer] = older - newer;
    }
}
