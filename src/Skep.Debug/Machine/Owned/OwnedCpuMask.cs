using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Owned;

/// <summary>A mask of CPUs that a program made (<c>struct bpf_cpumask</c> of kernel/bpf/cpumask.c), which counts its references.</summary>
internal sealed class OwnedCpuMask : KeptRegion
{
    private const int BitsOfWord = 64;

    private readonly int _bytes;

    private OwnedCpuMask(int id, int bytes, Block block)
        : base(id, RegionKind.Object, "mask of CPUs", block)
    {
        _bytes = bytes;
        SetBounds(0, bytes);
    }

    /// <summary>The bits, those behind the last CPU included.</summary>
    public Span<ulong> Words
    {
        get
        {
            Blocks[0].Mark(0, _bytes);
            return MemoryMarshal.Cast<byte, ulong>(Bytes.AsSpan(0, _bytes));
        }
    }

    public ReadOnlySpan<ulong> Bits => MemoryMarshal.Cast<byte, ulong>(Bytes.AsSpan(0, _bytes));

    private int References
    {
        get => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(_bytes));
        set
        {
            BinaryPrimitives.WriteInt32LittleEndian(Bytes.AsSpan(_bytes), value);
            Blocks[0].Mark(_bytes, sizeof(int));
        }
    }

    /// <summary>Makes one of no CPU, with one reference.</summary>
    public static OwnedCpuMask Create(AddressSpace space, int cpus)
    {
        int id = space.NextId, bytes = (cpus + BitsOfWord - 1) / BitsOfWord * sizeof(ulong);
        OwnedCpuMask made = space.Add(new OwnedCpuMask(id, bytes, space.NewBlock(bytes + sizeof(ulong))));
        made.MarkWritten(0, bytes);
        made.References = 1;
        return made;
    }

    /// <summary>The mask that begins at an address; null for none.</summary>
    public static OwnedCpuMask? At(AddressSpace space, ulong address) =>
        space.RegionOf(address) is OwnedCpuMask { IsLive: true } found && AddressSpace.OffsetOf(found, address) == 0 ? found : null;

    public void Acquire() => References++;

    /// <summary>Gives up a reference: the mask ends with the last one.</summary>
    public void Release()
    {
        if (--References == 0) End();
    }
}
