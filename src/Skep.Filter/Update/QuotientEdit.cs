using Skep.Filter.Compile;
using Skep.Packets.Values;

namespace Skep.Filter.Update;

/// <summary>
/// Plans changes of one prefix in <see cref="SetQuotients"/>. A slot that is equal to its bucket's first one is free. A bucket that is
/// full, or whose slots have rests, is written anew behind all others, and its number in the index leads there by one store.
/// </summary>
/// <param name="at">Where in the header the table is.</param>
internal sealed class QuotientEdit(SetLayout layout, IImageMemory image, SetTable table, int at) : KeyTable(layout, image, table)
{
    private const int PerWord = SetQuotients.PerWord;

    internal override TablePlace? Find(ReadOnlySpan<ulong> key)
    {
        var permuted = Table.Permute(key[0]);
        var slot = Array.IndexOf(SlotsOf(Table.BucketOf(permuted)), permuted);
        return slot < 0 ? null : new(Table.BucketOf(permuted), slot);
    }

    internal override bool TryAdd(ReadOnlySpan<ulong> key, ulong end, uint counter, ImageStores stores)
    {
        var permuted = Table.Permute(key[0]);
        var bucket = Table.BucketOf(permuted);
        var slots = SlotsOf(bucket);
        var free = slots.Length == 0 ? 0 : Array.LastIndexOf(slots, slots[0]);
        if (free > 0 && Table.RestBits == 0)
        {
            slots[free] = permuted;
            WriteWord(FirstOf(bucket) + (uint)(free / PerWord), slots.AsSpan(free / PerWord * PerWord, PerWord), stores);
            return true;
        }
        return TryWriteAnew(bucket, [.. Distinct(slots), permuted], stores);
    }

    internal override bool TryDelete(TablePlace place, ImageStores stores)
    {
        var slots = SlotsOf(place.Group);
        var (first, wanted) = (slots[0], slots[place.Slot]);
        var other = Array.FindIndex(slots, slot => slot != wanted);
        if (other < 0)
        {
            stores.Word(Table.IndexOffset(place.Group), Image.Load(Table.IndexOffset(place.Group)) & ~(uint)SetQuotients.MostWords);
            return true;
        }
        if (Table.RestBits != 0) return TryWriteAnew(place.Group, [.. Distinct(slots).Where(slot => slot != wanted)], stores);

        // What frees a slot; where the first is deleted, another value takes its place and that of the free ones.
        var instead = wanted == first ? slots[other] : first;
        for (var word = 0; word < slots.Length / PerWord; word++)
        {
            var own = slots.AsSpan(word * PerWord, PerWord);
            if (!own.Contains(wanted)) continue;
            own.Replace(wanted, instead);
            WriteWord(FirstOf(place.Group) + (uint)word, own, stores);
        }
        return true;
    }

    protected override IEnumerable<Interval> Prefixes()
    {
        for (var bucket = 0u; bucket < Table.Buckets; bucket++)
            foreach (var permuted in Distinct(SlotsOf(bucket))) yield return PrefixOf(Table.Undo(Layout, permuted));
    }

    private static IEnumerable<ulong> Distinct(ulong[] slots) => slots.Where((slot, i) => i == 0 || slot != slots[0]);

    private bool TryWriteAnew(uint bucket, ulong[] permuted, ImageStores stores)
    {
        if (SetQuotients.Arrange(permuted, Table) is not { } slots) return false;
        var count = slots.Length / PerWord;
        if (SpareWords.Allocate(Image, at + SetTable.FreeAt, count, SetQuotients.WordsPerPage, isAligned: false, stores) is not { } place)
            return false;
        for (var word = 0; word < count; word++) WriteWord((uint)(place + word), slots.AsSpan(word * PerWord, PerWord), stores);
        if (Table.RestBits != 0) WriteRests((uint)place * PerWord, slots, stores);
        stores.Word(Table.IndexOffset(bucket), (uint)place << SetQuotients.CountBits | (uint)count);
        return true;
    }

    /// <summary>Writes rests in whole numbers of 8 bytes: those of four slots begin at one.</summary>
    private void WriteRests(uint first, ulong[] slots, ImageStores stores)
    {
        var perDouble = sizeof(ulong) >> (int)Table.EntryShift;
        for (var slot = 0; slot < slots.Length; slot += perDouble)
        {
            ulong rests = 0;
            for (var i = 0; i < perDouble; i++) rests |= (slots[slot + i] & Table.RestMask) << (64 / perDouble * i);
            stores.Double(Table.RestOffset(first + (uint)slot), rests);
        }
    }

    private void WriteWord(uint word, ReadOnlySpan<ulong> slots, ImageStores stores)
    {
        ulong kept = 0;
        for (var i = 0; i < PerWord; i++) kept |= (ulong)Table.KeptOf(slots[i]) << (16 * i);
        stores.Double(Table.KeptOffset(word * PerWord), kept);
    }

    private uint FirstOf(uint bucket) => Image.Load(Table.IndexOffset(bucket)) >> SetQuotients.CountBits;

    private ulong[] SlotsOf(uint bucket)
    {
        var count = Image.Load(Table.IndexOffset(bucket)) & SetQuotients.MostWords;
        var slots = new ulong[count * PerWord];
        for (var i = 0u; i < slots.Length; i++)
        {
            var slot = FirstOf(bucket) * PerWord + i;
            var kept = (ushort)(Image.LoadDouble(Table.KeptOffset(slot) & ~7) >> (int)(16 * (i % PerWord)));
            var rest = Table.RestBits == 0 ? 0
                : Image.LoadDouble(Table.RestOffset(slot) & ~7) >> (Table.RestOffset(slot) % sizeof(ulong) * 8);
            slots[i] = Table.Join(bucket, kept, rest);
        }
        return slots;
    }
}
