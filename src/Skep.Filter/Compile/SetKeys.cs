using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>The keys of a set's hash, one after the other, and when each ends.</summary>
internal sealed class SetKeys(int keyBytes, int count)
{
    internal byte[] Bytes { get; } = new byte[keyBytes * count];

    internal ulong[] Ends { get; } = new ulong[count];

    internal uint[] Places { get; } = new uint[count];

    internal int Count => count;

    internal ReadOnlySpan<byte> this[int key] => Bytes.AsSpan(key * keyBytes, keyBytes);

    /// <summary>A key for each row of single values.</summary>
    internal static SetKeys OfRows(SetLayout layout, SetRows rows)
    {
        // A range of a plain set is one of neighbours that have been merged.
        if (rows.Width == 1) return OfValues(layout, rows, static _ => true);
        var keys = new SetKeys(layout.KeyBytes, rows.Count);
        for (var row = 0; row < rows.Count; row++)
        {
            var key = keys.Bytes.AsSpan(row * layout.KeyBytes, layout.KeyBytes);
            for (var part = 0; part < rows.Width; part++)
                SetImage.PutValue(key[layout.KeyOffsets[part]..], rows[row][part].Low, SetLayout.BytesOf(layout.Types[part]));
            keys.Ends[row] = rows.EndOf(row);
            keys.Places[row] = rows.CounterOf(row).Place;
        }
        return keys;
    }

    /// <summary>A key for each value of the rows of one range that are wanted.</summary>
    internal static SetKeys OfValues(SetLayout layout, SetRows rows, Func<Interval, bool> isWanted)
    {
        var count = 0;
        foreach (var range in rows.Ranges)
            if (isWanted(range)) count += (int)(range.High - range.Low) + 1;
        var keys = new SetKeys(layout.KeyBytes, count);
        var size = SetLayout.BytesOf(layout.Types[0]);
        var next = 0;
        for (var row = 0; row < rows.Count; row++)
        {
            var range = rows.Ranges[row];
            if (!isWanted(range)) continue;
            for (var value = range.Low; ; value++)
            {
                SetImage.PutValue(keys.Bytes.AsSpan(next * layout.KeyBytes), value, size);
                keys.Places[next] = rows.CounterOf(row).Place;
                keys.Ends[next++] = rows.EndOf(row);
                if (value == range.High) break;
            }
        }
        return keys;
    }

    /// <summary>A key for each prefix of one length of those that make the rows.</summary>
    internal static SetKeys OfPrefixes(SetLayout layout, SetRows rows, PrefixLengths lengths, int length)
    {
        var prefixes = new List<(UInt128 First, int Row)>();
        for (var row = 0; row < rows.Count; row++)
        {
            if (!lengths.Takes(rows.Ranges[row])) continue;
            foreach (var prefix in lengths.Write(rows.Ranges[row]))
                if (prefix.Length == length) prefixes.Add((prefix.First, row));
        }
        var keys = new SetKeys(layout.KeyBytes, prefixes.Count);
        for (var key = 0; key < prefixes.Count; key++)
        {
            SetImage.PutValue(keys.Bytes.AsSpan(key * layout.KeyBytes), prefixes[key].First, layout.KeyBytes);
            keys.Ends[key] = rows.EndOf(prefixes[key].Row);
            keys.Places[key] = rows.CounterOf(prefixes[key].Row).Place;
        }
        return keys;
    }
}
