using System.Runtime.InteropServices;

namespace Skep.Debug.Machine.Memory;

/// <summary>Numbers that a checkpoint holds.</summary>
internal sealed class IntTable(int count)
{
    public Block Block { get; } = new(checked(count * sizeof(int)));

    public int Count => count;

    public int this[int index]
    {
        get => MemoryMarshal.Cast<byte, int>(Block.Bytes.AsSpan())[index];
        set
        {
            MemoryMarshal.Cast<byte, int>(Block.Bytes.AsSpan())[index] = value;
            Block.Dirty[index >> (Block.PageBits - 2)] = true;
        }
    }

    public void Fill(int value)
    {
        MemoryMarshal.Cast<byte, int>(Block.Bytes.AsSpan()).Fill(value);
        Block.Mark(0, Block.Bytes.Length);
    }
}
