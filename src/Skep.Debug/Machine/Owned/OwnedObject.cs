using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Owned;

/// <summary>An object that a program made, of one value or of one per CPU.</summary>
internal sealed class OwnedObject : KeptRegion
{
    private OwnedObject(int id, ObjectType type, int cpus, Block bytes, Block written)
        : base(id, RegionKind.Object, $"object of {type.Name}", bytes, written)
    {
        Type = type;
        IsPerCpu = cpus > 0;
        IsWritable = true;
        Written = written.Bytes;
        Fields = type.Fields;
        if (IsPerCpu) SetElements(type.Size, DistanceOf(type.Size), cpus);
        else SetBounds(0, type.Size);
    }

    public ObjectType Type { get; }

    public bool IsPerCpu { get; }

    /// <summary>
    /// Makes one. Its memory is what the kernel's allocator had there, but for the fields that only calls change
    /// (<c>bpf_obj_new_impl</c> of kernel/bpf/helpers.c).
    /// </summary>
    /// <param name="space">The memory.</param>
    /// <param name="type">Its type.</param>
    /// <param name="cpus">CPUs, where each has a value of its own; 0 for one value.</param>
    public static OwnedObject Create(AddressSpace space, ObjectType type, int cpus = 0)
    {
        int bytes = cpus == 0 ? type.Size : DistanceOf(type.Size) * cpus, id = space.NextId;
        var written = new Block(bytes) { IsAlwaysDirty = true };
        space.Blocks.Add(written);
        OwnedObject made = space.Add(new OwnedObject(id, type, cpus, space.NewBlock(bytes), written));
        foreach (SpecialField field in type.Fields) OwnedFields.Begin(space, made, field);
        return made;
    }

    /// <summary>The object that begins at an address; null for none.</summary>
    public static OwnedObject? At(AddressSpace space, ulong address) =>
        space.RegionOf(address) is OwnedObject { IsLive: true } found && AddressSpace.OffsetOf(found, address) == 0 ? found : null;

    /// <summary>The address of the value of a CPU.</summary>
    public ulong Value(int cpu) => AddressSpace.AddressOf(this, IsPerCpu ? (long)cpu * DistanceOf(Type.Size) : 0);

    // A power of two, and more than the size, so that what runs over it is found.
    private static int DistanceOf(int size) => 1 << (32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Max(size, 7)));
}
