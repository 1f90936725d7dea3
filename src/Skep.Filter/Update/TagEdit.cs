using Skep.Filter.Compile;
using Skep.Packets.Values;

namespace Skep.Filter.Update;

/// <summary>
/// Plans changes of one key that is found by its tag. No program reads the entry of a slot that is free: it is written first, and one store
/// of the word of tags puts the key into the set, or takes it out.
/// </summary>
internal sealed class TagEdit(SetLayout layout, IImageMemory image, SetTable table) : KeyTable(layout, image, table)
{
    internal override TablePlace? Find(ReadOnlySpan<ulong> key)
    {
        var masked = Masked(key);
        var (first, second, tag) = Table.PlacesOf(masked);
        foreach (var word in (ReadOnlySpan<uint>)[first, second])
        {
            var tags = TagsAt(word);
            for (var slot = 0; slot < SetTable.SlotsPerWord; slot++)
                if ((byte)(tags >> (8 * slot)) == tag && HasAt(word, slot, masked)) return new(word, slot);
        }
        return null;
    }

    internal override ulong EndOf(TablePlace place) =>
        Layout.IsTimed ? Image.LoadDouble(Table.EntryOffset(place.Group, place.Slot) + Layout.EntryEnd) : SetRows.Forever;

    internal override uint CounterOf(TablePlace place) =>
        Layout.IsCounted ? Image.Load(Table.EntryOffset(place.Group, place.Slot) + Layout.EntryPlace) : 0;

    internal override void SetEnd(TablePlace place, ulong end, ImageStores stores) =>
        stores.Double(Table.EntryOffset(place.Group, place.Slot) + Layout.EntryEnd, end);

    internal override bool TryAdd(ReadOnlySpan<ulong> key, ulong end, uint counter, ImageStores stores)
    {
        var (first, second, tag) = Table.PlacesOf(key);
        if (SetTable.Choose(TagsAt(first), TagsAt(second), tag) is not { } chosen) return false;
        var word = chosen == 0 ? first : second;
        var slot = SetTable.Find(TagsAt(word), 0);
        var entry = Table.EntryOffset(word, slot);
        if (Layout.KeyBytes == 4) stores.Word(entry, (uint)key[0]);
        else for (var i = 0; i < WordsOfEntry; i++) stores.Double(entry + i * sizeof(ulong), key[i]);
        if (Layout.IsTimed) stores.Double(entry + Layout.EntryEnd, end);
        if (Layout.IsCounted) stores.Word(entry + Layout.EntryPlace, counter);
        stores.Double(Table.WordOffset(word), TagsAt(word) | (ulong)tag << (8 * slot));
        return true;
    }

    internal override bool TryDelete(TablePlace place, ImageStores stores)
    {
        stores.Double(Table.WordOffset(place.Group), TagsAt(place.Group) & ~(0xffUL << (8 * place.Slot)));
        return true;
    }

    protected override IEnumerable<Interval> Prefixes()
    {
        for (var word = 0u; word < Table.Words; word++)
        {
            var tags = TagsAt(word);
            for (var slot = 0; slot < SetTable.SlotsPerWord; slot++)
                if ((byte)(tags >> (8 * slot)) != 0) yield return PrefixOf(ValueAt(Table.EntryOffset(word, slot)));
        }
    }

    private UInt128 ValueAt(int entry) => Layout.KeyBytes switch
    {
        4 => Image.Load(entry),
        8 => Image.LoadDouble(entry),
        _ => new UInt128(Image.LoadDouble(entry), WordsOfEntry > 1 ? Image.LoadDouble(entry + sizeof(ulong)) : 0),
    };

    // Entries of short prefixes have the first word of the key only.
    private int WordsOfEntry => Math.Min(Layout.KeyBytes, 1 << (int)Table.EntryShift) / sizeof(ulong);

    private ulong[] Masked(ReadOnlySpan<ulong> key)
    {
        var masked = key.ToArray();
        masked[0] &= Table.MaskHigh;
        if (masked.Length > 1) masked[1] &= Table.MaskLow;
        return masked;
    }

    private ulong TagsAt(uint word) => Image.LoadDouble(Table.WordOffset(word));

    private bool HasAt(uint word, int slot, ulong[] key)
    {
        var entry = Table.EntryOffset(word, slot);
        if (Layout.KeyBytes == 4) return Image.Load(entry) == key[0];
        for (var i = 0; i < WordsOfEntry; i++)
            if (Image.LoadDouble(entry + i * sizeof(ulong)) != key[i]) return false;
        return true;
    }
}
