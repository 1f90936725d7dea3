using System.Numerics;
using Skep.Filter.Compile;
using Skep.Packets.Values;

namespace Skep.Filter.Update;

/// <summary>
/// Plans changes of ranges within one bucket of <see cref="SetEdges"/>: one word of it is written, or the bucket is written anew behind all
/// others and its number in the index leads there by one store.
/// </summary>
internal sealed class EdgeEdit(IImageMemory image)
{
    private const int PerWord = 4, BitsPerWord = 64, BitWords = (SetEdges.LowMask + 1) / BitsPerWord;

    private readonly int _index = (int)image.Load(SetHeader.EdgeIndexPage) * SetLayout.PageBytes;
    private readonly int _words = (int)image.Load(SetHeader.EdgePage) * SetLayout.PageBytes;

    /// <summary>Whether an image has edges.</summary>
    internal static bool IsFor(IImageMemory image) => image.Load(SetHeader.EdgePage) != 0;

    internal bool Has(uint value)
    {
        if (image.Load(SetHeader.Records) == 0) return false;
        var low = (int)(value & SetEdges.LowMask);
        return (ReadBits(value)[low / BitsPerWord] >> (low % BitsPerWord) & 1) != 0;
    }

    /// <summary>The values about a value that are in the set, as far as its bucket goes; null where the value itself is not.</summary>
    internal Interval? RunWith(uint value)
    {
        if (image.Load(SetHeader.Records) == 0) return null;
        var bits = ReadBits(value);
        if (!IsSet(value)) return null;
        var (first, last) = (value, value);
        while ((first & SetEdges.LowMask) != 0 && IsSet(first - 1)) first--;
        while ((last & SetEdges.LowMask) != SetEdges.LowMask && IsSet(last + 1)) last++;
        return new(first, last);

        bool IsSet(uint at) =>
            (bits[(int)(at & SetEdges.LowMask) / BitsPerWord] >> ((int)(at & SetEdges.LowMask) % BitsPerWord) & 1) != 0;
    }

    /// <summary>A bit for each value of the bucket that a value is in.</summary>
    internal ulong[] ReadBits(uint value)
    {
        var bits = new ulong[BitWords];
        var (place, count) = EntryOf(value);
        if (count == 0)
        {
            for (var word = 0; word < BitWords; word++) bits[word] = image.LoadDouble(WordAt(place + word));
            return bits;
        }
        for (var word = 0; word < count; word++)
            foreach (var edge in LanesOf(image.LoadDouble(WordAt(place + word))))
                bits[edge / BitsPerWord] ^= 1UL << (edge % BitsPerWord);

        // From the edges to what is between them.
        var isInside = false;
        for (var word = 0; word < BitWords; word++)
        {
            for (var shift = 1; shift < BitsPerWord; shift *= 2) bits[word] ^= bits[word] << shift;
            if (isInside) bits[word] = ~bits[word];
            isInside = bits[word] >> (BitsPerWord - 1) != 0;
        }
        return bits;
    }

    /// <summary>Plans to put a range of one bucket into the set, or to take it out.</summary>
    /// <returns>False when that takes more than one store that packets see, and there is no room.</returns>
    internal bool TryChange(uint low, uint high, bool isAdded, ImageStores stores)
    {
        var before = ReadBits(low);
        var after = (ulong[])before.Clone();
        for (var value = (int)(low & SetEdges.LowMask); value <= (int)(high & SetEdges.LowMask); value++)
        {
            if (isAdded) after[value / BitsPerWord] |= 1UL << (value % BitsPerWord);
            else after[value / BitsPerWord] &= ~(1UL << (value % BitsPerWord));
        }
        if (before.AsSpan().SequenceEqual(after)) return true;
        var (place, count) = EntryOf(low);
        if (count == 0 ? TryWriteBits(place, before, after, stores) : TryWriteWord(place, count, before, after, stores)) return true;
        return WriteAnew(low, after, stores);
    }

    private bool TryWriteBits(int place, ulong[] before, ulong[] after, ImageStores stores)
    {
        var changed = -1;
        for (var word = 0; word < BitWords; word++)
        {
            if (before[word] == after[word]) continue;
            if (changed >= 0) return false;
            changed = word;
        }
        stores.Double(WordAt(place + changed), after[changed]);
        return true;
    }

    private bool TryWriteWord(int place, int count, ulong[] before, ulong[] after, ImageStores stores)
    {
        var (old, wanted) = (EdgesOf(before), EdgesOf(after));

        // Buckets without an edge of their own share words.
        if (old.Count == 0 || old is [0]) return false;
        int[] removed = [.. old.Except(wanted)], added = [.. wanted.Except(old)];
        for (var word = 0; word < count; word++)
        {
            var lanes = LanesOf(image.LoadDouble(WordAt(place + word)));
            if (!removed.All(lanes.Remove) || lanes.Count + added.Length > PerWord) continue;
            lanes.AddRange(added);
            stores.Double(WordAt(place + word), Pack(lanes));
            return true;
        }
        return false;
    }

    private bool WriteAnew(uint value, ulong[] after, ImageStores stores)
    {
        var edges = EdgesOf(after);
        var count = Math.Max(1, (edges.Count + PerWord - 1) / PerWord);
        var isDense = count > SetEdges.MostWords;
        if (SpareWords.Allocate(
            image, SetHeader.EdgeFree, isDense ? BitWords : count, SetEdges.WordsPerPage, isDense, stores) is not { } place) return false;
        for (var word = 0; word < (isDense ? BitWords : count); word++)
            stores.Double(
                WordAt(place + word), isDense ? after[word] : Pack([.. edges.Skip(word * PerWord).Take(PerWord)]));
        stores.Word(EntryAt(value), (uint)place << SetEdges.CountBits | (isDense ? 0 : (uint)count));
        if (image.Load(SetHeader.Records) == 0) stores.Word(SetHeader.Records, 1);
        return true;
    }

    private (int Place, int Count) EntryOf(uint value)
    {
        var entry = image.Load(EntryAt(value));
        return ((int)(entry >> SetEdges.CountBits), (int)(entry & SetEdges.MostWords));
    }

    private int EntryAt(uint value) => _index + (int)(value >> SetEdges.LowBits) * sizeof(uint);

    private int WordAt(int place) => _words + place * sizeof(ulong);

    /// <summary>The numbers of a word, without what is above every value.</summary>
    private static List<int> LanesOf(ulong word)
    {
        var lanes = new List<int>(PerWord);
        for (var i = 0; i < PerWord; i++)
            if ((int)(word >> (16 * i) & ushort.MaxValue) is <= SetEdges.LowMask and var lane) lanes.Add(lane);
        return lanes;
    }

    private static ulong Pack(List<int> lanes)
    {
        var packed = SetEdges.Guards;
        for (var i = 0; i < lanes.Count; i++) packed ^= ((ulong)lanes[i] ^ (1UL << SetEdges.LowBits)) << (16 * i);
        return packed;
    }

    private static List<int> EdgesOf(ulong[] bits)
    {
        var edges = new List<int>();
        var carry = 0UL;
        for (var word = 0; word < BitWords; word++)
        {
            for (var rest = bits[word] ^ (bits[word] << 1 | carry); rest != 0; rest &= rest - 1)
                edges.Add(word * BitsPerWord + BitOperations.TrailingZeroCount(rest));
            carry = bits[word] >> (BitsPerWord - 1);
        }
        return edges;
    }
}
