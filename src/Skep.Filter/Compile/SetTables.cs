using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Skep.Filter.Compile;

/// <summary>A table of a set's image, filled (<see cref="SetTable"/>).</summary>
/// <param name="Table">What the header says of it; its pages are counted from those of the table itself.</param>
/// <param name="Words">Whole pages of tags.</param>
/// <param name="Entries">Whole pages of entries.</param>
internal readonly record struct SetTables(SetTable Table, byte[] Words, byte[] Entries)
{
    // Of the slots, in hundredths.
    private const int Occupied = 75;

    /// <summary>Spreads keys that differ over the slots of a table.</summary>
    /// <param name="layout">What the image is like.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="length">The bits of each that count.</param>
    /// <param name="room">The fewest keys that there is to be room for.</param>
    internal static SetTables Fill(SetLayout layout, SetKeys keys, int length, int room = 0)
    {
        var seed = (ulong)Random.Shared.NextInt64();
        var words = Math.Max(1, ((long)Math.Max(keys.Count, room) * 100 + Occupied * SetTable.SlotsPerWord - 1)
            / (Occupied * SetTable.SlotsPerWord));
        while (true)
        {
            if (TryFill(layout, keys, Shape(layout, length, words, seed)) is { } filled) return filled;
            words += words / 8 + 1;
            seed = SetHash.Add(seed, (ulong)words);
        }
    }

    private static SetTable Shape(SetLayout layout, int length, long words, ulong seed)
    {
        var (high, low) = layout.MasksOf(length);
        return new()
        {
            MaskHigh = high,
            MaskLow = low,
            Seed = seed,
            Pages = (uint)((words + SetTable.WordsPerPage - 1) / SetTable.WordsPerPage),
            WordMask = words > SetTable.WordsPerPage ? SetTable.WordMost
                : System.Numerics.BitOperations.RoundUpToPowerOf2((uint)words) - 1,
            EntryShift = (uint)layout.EntryShiftOf(length),
            Length = (uint)length,
        };
    }

    private static SetTables? TryFill(SetLayout layout, SetKeys keys, SetTable table)
    {
        var words = new ulong[table.Pages * SetTable.WordsPerPage];
        var entries = new byte[
            (((long)table.Words * SetTable.SlotsPerWord << (int)table.EntryShift) + SetLayout.PageBytes - 1) & -SetLayout.PageBytes];
        for (var key = 0; key < keys.Count; key++)
        {
            var (first, second, tag) = table.PlacesOf(layout.WordsOf(keys[key]));
            if (SetTable.Choose(words[first], words[second], tag) is not { } chosen) return null;
            ref var word = ref words[chosen == 0 ? first : second];
            var slot = SetTable.Find(word, 0);
            word |= (ulong)tag << (8 * slot);
            var entry = entries.AsSpan(table.EntryOffset(chosen == 0 ? first : second, slot), 1 << (int)table.EntryShift);
            keys[key][..Math.Min(entry.Length, layout.KeyBytes)].CopyTo(entry);
            if (layout.IsTimed) BinaryPrimitives.WriteUInt64LittleEndian(entry[layout.EntryEnd..], keys.Ends[key]);
            if (layout.IsCounted) BinaryPrimitives.WriteUInt32LittleEndian(entry[layout.EntryPlace..], keys.Places[key]);
        }
        return new(table, MemoryMarshal.AsBytes(words.AsSpan()).ToArray(), entries);
    }
}
