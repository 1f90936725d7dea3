namespace Skep.Debug.Machine.Memory;

/// <summary>
/// Bytes that a checkpoint holds. Who writes them marks the pages, so that a checkpoint copies only what changed since the last one. All
/// pages are zero at first.
/// </summary>
internal sealed class Block
{
    public const int PageBits = 12;
    public const int PageSize = 1 << PageBits;

    public Block(int length)
    {
        Bytes = new byte[length];
        Dirty = new bool[(length + PageSize - 1) >> PageBits];
        Pages = new byte[]?[Dirty.Length];
    }

    public byte[] Bytes { get; }

    /// <summary>Whether its pages are not marked, and are all copied: for what is small and written at each step.</summary>
    public bool IsAlwaysDirty { get; init; }

    /// <summary>By page: whether it was written since the last checkpoint.</summary>
    public bool[] Dirty { get; }

    /// <summary>The pages of the last checkpoint, which are never written; null for one of zeros.</summary>
    public byte[]?[] Pages { get; private set; }

    public void Mark(int offset, int length)
    {
        if (length <= 0) return;
        for (int page = offset >> PageBits; page <= (offset + length - 1) >> PageBits; page++) Dirty[page] = true;
    }

    public void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Bytes.AsSpan(offset));
        Mark(offset, bytes.Length);
    }

    public void Clear(int offset, int length)
    {
        Bytes.AsSpan(offset, length).Clear();
        Mark(offset, length);
    }

    /// <summary>The pages as they are now.</summary>
    public byte[]?[] Take()
    {
        if (IsAlwaysDirty) Dirty.AsSpan().Fill(true);
        int page = Dirty.AsSpan().IndexOf(true);
        if (page < 0) return Pages;
        var taken = (byte[]?[])Pages.Clone();
        for (; page < Dirty.Length; page++)
            if (Dirty[page] && !(IsAlwaysDirty && PageAt(page).SequenceEqual(taken[page]))) taken[page] = PageAt(page).ToArray();
        Dirty.AsSpan().Clear();
        return Pages = taken;
    }

    /// <summary>Makes the pages what they were.</summary>
    public void Restore(byte[]?[] taken)
    {
        if (IsAlwaysDirty) Dirty.AsSpan().Fill(true);
        for (int page = 0; page < Dirty.Length; page++)
        {
            if (!Dirty[page] && ReferenceEquals(Pages[page], taken[page])) continue;
            if (taken[page] is { } bytes) bytes.CopyTo(PageAt(page));
            else PageAt(page).Clear();
        }

        Dirty.AsSpan().Clear();
        Pages = taken;
    }

    private Span<byte> PageAt(int page) => Bytes.AsSpan(page << PageBits, Math.Min(PageSize, Bytes.Length - (page << PageBits)));
}
