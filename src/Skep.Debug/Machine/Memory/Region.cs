namespace Skep.Debug.Machine.Memory;

/// <summary>A part of the machine's memory with bounds of its own. An address is a region and an offset.</summary>
public class Region
{
    internal Region(int id, RegionKind kind, string name, byte[] bytes)
    {
        Id = id;
        Kind = kind;
        Name = name;
        Bytes = bytes;
        Dirty = new bool[(bytes.Length >> Block.PageBits) + 1];
    }

    internal Region(int id, RegionKind kind, string name, Block block)
    {
        Id = id;
        Kind = kind;
        Name = name;
        Bytes = block.Bytes;
        Dirty = block.Dirty;
    }

    internal int Id { get; }

    /// <summary>What it is.</summary>
    public RegionKind Kind { get; }

    /// <summary>Its name, for messages: <c>stack of frame 0</c>, <c>value of map counts</c>.</summary>
    public string Name { get; }

    /// <summary>Whether programs may write it.</summary>
    public bool IsWritable { get; init; }

    /// <summary>Bytes that may be accessed: of each element, where it has elements.</summary>
    public int Length => (int)(ElementSize == uint.MaxValue ? Extent : ElementSize);

    internal byte[] Bytes;

    internal bool[] Dirty;

    /// <summary>By byte: 0 where nothing was written yet; null where all is known.</summary>
    internal byte[]? Written;

    /// <summary>The fields that only calls change: of each element, where it has elements.</summary>
    internal IReadOnlyList<SpecialField> Fields = [];

    /// <summary>What the low half of the address of its first byte is.</summary>
    internal uint Base = AddressSpace.Bias;

    /// <summary>Where the accessible bytes begin.</summary>
    internal uint Low;

    /// <summary>The low half of the address of the first accessible byte.</summary>
    internal uint Start = AddressSpace.Bias;

    /// <summary>How many there are.</summary>
    internal uint Extent;

    /// <summary>The distance of elements is a power of two: this is it less 1; all bits where there is one element only.</summary>
    internal uint StrideMask = uint.MaxValue;

    /// <summary>Bytes of an element; the distance is more, so that what runs over the end is found.</summary>
    internal uint ElementSize = uint.MaxValue;

    /// <summary>What reads and writes it, where it is not plain bytes; <see cref="Extent"/> is 0 then.</summary>
    internal SpecialAccess? Special;

    internal void SetBounds(int low, int extent) => (Low, Extent, Start) = ((uint)low, (uint)extent, Base + (uint)low);

    internal void StartAt(uint start) => (Base, Start) = (start, start + Low);

    internal void SetElements(int size, int distance, int count)
    {
        (ElementSize, StrideMask) = ((uint)size, (uint)distance - 1);
        SetBounds(0, checked(distance * count));
    }

    internal void MarkWritten(int index, int length)
    {
        if (length <= 0) return;
        Dirty[index >> Block.PageBits] = true;
        for (int page = (index >> Block.PageBits) + 1; page <= (index + length - 1) >> Block.PageBits; page++) Dirty[page] = true;
        Written?.AsSpan(index, length).Fill(0xff);
    }
}
