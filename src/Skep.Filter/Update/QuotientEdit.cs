using Skep.Filter.Compile;

namespace Skep.Filter.Update;

/// <summary>
/// Plans changes of one value in <see cref="SetQuotients"/>. A slot that is equal to its bucket's first one is free. A bucket that is full
/// is written anew behind all others, and its number in the index leads there by one store.
/// </summary>
internal sealed class QuotientEdit(IImageMemory image)
{
    private const int PerWord = 4;

    private readonly int _shift = (int)image.Load(SetHeader.QuotientShift);
    private readonly uint _seed = image.Load(SetHeader.Seed);
    private readonly int _words = (int)image.Load(SetHeader.QuotientPage) * SetLayout.PageBytes;

    internal bool Has(uint value) => Find(value, out _, out var slots, out var wanted) && slots.Contains(wanted);

    /// <summary>Plans to add a value that is not there.</summary>
    /// <returns>False when there is no room for it.</returns>
    internal bool TryAdd(uint value, ImageStores stores)
    {
        Find(value, out var index, out var slots, out var wanted);
        if (slots.Length == 0)
        {
            if (Allocate(1, stores) is not { } only) return false;
            stores.Double(WordAt(only), SetQuotients.EachSlot * wanted);
            stores.Word(index, (uint)only << SetQuotients.CountBits | 1);
            return true;
        }
        var free = Array.LastIndexOf(slots, slots[0]);
        if (free > 0)
        {
            slots[free] = wanted;
            stores.Double(WordAt(PlaceOf(index)) + free / PerWord * sizeof(ulong), Pack(slots, free / PerWord));
            return true;
        }
        var count = slots.Length / PerWord + 1;
        if (count > SetQuotients.MostWords || Allocate(count, stores) is not { } place) return false;
        ushort[] more = [.. slots, wanted, slots[0], slots[0], slots[0]];
        for (var word = 0; word < count; word++) stores.Double(WordAt(place) + word * sizeof(ulong), Pack(more, word));
        stores.Word(index, (uint)place << SetQuotients.CountBits | (uint)count);
        return true;
    }

    /// <summary>Plans to delete a value that is there.</summary>
    internal void Delete(uint value, ImageStores stores)
    {
        Find(value, out var index, out var slots, out var wanted);
        var first = slots[0];
        var other = Array.FindIndex(slots, slot => slot != wanted);
        if (other < 0)
        {
            stores.Word(index, image.Load(index) & ~(uint)SetQuotients.MostWords);
            return;
        }

        // What frees a slot; where the first is deleted, another value takes its place and that of the free ones.
        var instead = wanted == first ? slots[other] : first;
        for (var word = 0; word < slots.Length / PerWord; word++)
        {
            var before = Pack(slots, word);
            for (var i = word * PerWord; i < (word + 1) * PerWord; i++)
                if (slots[i] == wanted) slots[i] = instead;
            if (Pack(slots, word) is var after && after != before)
                stores.Double(WordAt(PlaceOf(index)) + word * sizeof(ulong), after);
        }
    }

    private bool Find(uint value, out int index, out ushort[] slots, out ushort wanted)
    {
        var permuted = SetPermutation.Do(value, _seed);
        wanted = (ushort)permuted;
        index = SetLayout.PageBytes + (int)(permuted >> _shift) * sizeof(uint);
        var count = (int)(image.Load(index) & SetQuotients.MostWords);
        slots = new ushort[count * PerWord];
        for (var i = 0; i < slots.Length; i++)
            slots[i] = (ushort)(image.LoadDouble(WordAt(PlaceOf(index)) + i / PerWord * sizeof(ulong)) >> (16 * (i % PerWord)));
        return count > 0;
    }

    private int? Allocate(int words, ImageStores stores) =>
        SpareWords.Allocate(image, SetHeader.QuotientFree, words, SetQuotients.WordsPerPage, isAligned: false, stores);

    private int PlaceOf(int index) => (int)(image.Load(index) >> SetQuotients.CountBits);

    private int WordAt(int place) => _words + place * sizeof(ulong);

    private static ulong Pack(ushort[] slots, int word)
    {
        ulong packed = 0;
        for (var i = 0; i < PerWord; i++) packed |= (ulong)slots[word * PerWord + i] << (16 * i);
        return packed;
    }
}
