using System.Runtime.InteropServices;
using Skep.Filter.Compile;
using Skep.Packets.Values;

namespace Skep.Filter.Update;

/// <summary>A slot of a table.</summary>
/// <param name="Group">The number of its word, or of its bucket.</param>
/// <param name="Slot">Its number in that.</param>
internal readonly record struct TablePlace(uint Group, int Slot);

/// <summary>Plans changes of one key in a table of a set (<see cref="SetTable"/>).</summary>
internal abstract class KeyTable(SetLayout layout, IImageMemory image, SetTable table)
{
    // So many are looked up one by one.
    private const int MostLooks = 4096;

    /// <summary>The bits of its prefixes.</summary>
    internal int Length => (int)table.Length;

    protected SetLayout Layout => layout;

    protected IImageMemory Image => image;

    protected SetTable Table => table;

    /// <summary>The tables of an image.</summary>
    internal static KeyTable[] Open(SetLayout layout, IImageMemory image)
    {
        var tables = new List<KeyTable>();
        Span<ulong> header = stackalloc ulong[SetTable.Bytes / sizeof(ulong)];
        for (var number = 0; number < SetTable.Most; number++)
        {
            for (var i = 0; i < header.Length; i++) header[i] = image.LoadDouble(SetTable.At(number) + i * sizeof(ulong));
            var table = MemoryMarshal.Read<SetTable>(MemoryMarshal.AsBytes(header));
            if (table.HasQuotients) tables.Add(new QuotientEdit(layout, image, table, SetTable.At(number)));
            else if (table.Pages != 0) tables.Add(new TagEdit(layout, image, table));
        }
        return [.. tables];
    }

    /// <summary>Finds a key, of which only the bits of this table count.</summary>
    internal abstract TablePlace? Find(ReadOnlySpan<ulong> key);

    /// <summary>Plans to add a key that is not there.</summary>
    /// <returns>False when there is no room for it.</returns>
    internal abstract bool TryAdd(ReadOnlySpan<ulong> key, ulong end, uint counter, ImageStores stores);

    /// <summary>Plans to delete a key that is there.</summary>
    /// <returns>False when there is no room for what is left.</returns>
    internal abstract bool TryDelete(TablePlace place, ImageStores stores);

    /// <summary>When a key ends.</summary>
    internal virtual ulong EndOf(TablePlace place) => SetRows.Forever;

    /// <summary>Where a key counts; 0 where keys do not.</summary>
    internal virtual uint CounterOf(TablePlace place) => 0;

    /// <summary>Plans another end.</summary>
    internal virtual void SetEnd(TablePlace place, ulong end, ImageStores stores) => throw new InvalidOperationException("no key ends");

    /// <summary>The prefixes within a range that is one itself.</summary>
    internal IEnumerable<Interval> Within(Interval range)
    {
        var step = UInt128.One << (layout.Bits - Length);
        if (range.High - range.Low < step - 1) return [];
        if ((range.High - range.Low) / step >= MostLooks)
            return Prefixes().Where(prefix => prefix.Low >= range.Low && prefix.High <= range.High);
        var count = (int)((range.High - range.Low) / step) + 1;
        return Enumerable.Range(0, count).Select(i => range.Low + (UInt128)i * step).Where(first => Find(layout.WordsOf(first)) is not null)
            .Select(PrefixOf);
    }

    /// <summary>The prefix as long as those of this table that a value is in.</summary>
    internal Interval PrefixOf(UInt128 value) => Interval.FromPrefix(value, Length, layout.Bits);

    protected abstract IEnumerable<Interval> Prefixes();
}
