using System.Runtime.InteropServices;

namespace Skep.Filter.Classify;

/// <summary>
/// Writes rows with ranges of one narrow part, which overlap each other, as single values of it: under each value only the rows up to the
/// first that matches all packets with it are needed. One table takes the place of one for each length of a prefix.
/// </summary>
internal sealed class DenseKeys
{
    private const int MostUnder = 4, WidestPart = 16, MostClasses = 4;
    private const long MostSteps = 16_000_000, MostKeys = 1 << 18, MostCounts = 1 << 26;
    private const byte Covered = byte.MaxValue;

    private DenseKeys(KeyList keys, ulong[] mask, HashSet<int> held, HashSet<int> hiding) =>
        (Keys, Mask, Held, Hiding) = (keys, mask, held, hiding);

    /// <summary>The keys, in the order of their rows.</summary>
    internal KeyList Keys { get; }

    /// <summary>The bits that all of them have.</summary>
    internal ulong[] Mask { get; }

    /// <summary>The rows that are found by these keys alone.</summary>
    internal HashSet<int> Held { get; }

    /// <summary>The rows behind which others are left out under some value.</summary>
    internal HashSet<int> Hiding { get; }

    /// <summary>Finds the part for which most of some rows are found so.</summary>
    /// <returns>Null when there is none, or it takes too long.</returns>
    internal static DenseKeys? Find(RowList rows, IReadOnlyList<int> left, StepBudget budget)
    {
        DenseKeys? best = null;
        var parts = rows.Layout.Parts.Where(p => p.Source == KeySource.Field && p.Bits is >= 8 and <= WidestPart).ToList();
        foreach (var alike in left.GroupBy(row => MaskWithout(rows, row, parts)).OrderByDescending(g => g.Count()).Take(MostClasses))
        {
            var members = alike.ToList();
            if (members.Count <= (best?.Held.Count ?? 0)) break;
            foreach (var part in parts)
            {
                if (!budget.IsSpent && TryWrite(rows, members, part, budget) is { } keys && keys.Held.Count > (best?.Held.Count ?? 0))
                    best = keys;
            }
        }
        return best;
    }

    /// <summary>The bits that a row asks for beside narrow parts, as a number.</summary>
    private static ulong MaskWithout(RowList rows, int row, List<KeyPart> parts)
    {
        Span<ulong> mask = stackalloc ulong[rows.Layout.Words], all = stackalloc ulong[rows.Layout.Words];
        rows.Masks(row).CopyTo(mask);
        foreach (var part in parts) mask[part.Word] &= ~part.Mask;
        all.Fill(ulong.MaxValue);
        return KeyHash.Of(mask, all);
    }

    private static DenseKeys? TryWrite(RowList rows, IReadOnlyList<int> left, KeyPart part, StepBudget budget)
    {
        var common = Common(rows, left);
        common[part.Word] |= part.Mask;
        var rest = (ulong[])common.Clone();
        rest[part.Word] &= ~part.Mask;
        var (keys, groups) = (KeyList.EmptyOf(rows), new Dictionary<ulong, Group>());
        var (held, hiding) = (new HashSet<int>(), new HashSet<int>());
        var steps = 0L;
        Span<ulong> key = stackalloc ulong[rows.Layout.Words];
        foreach (var row in left)
        {
            ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(groups, KeyHash.Of(rows.Values(row), rest), out var isKnown);
            if (!isKnown)
            {
                if ((long)groups.Count << part.Bits > MostCounts) return null;
                group = new(row, 1 << part.Bits);
            }
            if (!IsSame(rows, row, group!.Row, rest)) continue;
            var (isWhole, isHeld, hider) = (IsWhole(rows, row, common, part), true, -1);
            var (low, high) = rows.SpanOf(row, part);
            var mask = (rows.Masks(row)[part.Word] & part.Mask) >> part.Shift;
            var value = (rows.Values(row)[part.Word] & part.Mask) >> part.Shift;
            if (high >= low) budget.Take((long)(high - low) + 1);
            for (var number = low; number <= high; number++)
            {
                if (++steps > MostSteps || keys.Count > MostKeys) return null;
                if (((number ^ value) & mask) != 0) continue;
                ref var count = ref group.Counts[number];
                if (count == Covered)
                {
                    if (hider != group.Covering[number]) hiding.Add(hider = group.Covering[number]);
                    continue;
                }
                if (count == MostUnder)
                {
                    isHeld = false;
                    continue;
                }
                for (var word = 0; word < key.Length; word++) key[word] = rows.Values(row)[word] & common[word];
                key[part.Word] = (key[part.Word] & ~part.Mask) | (number << part.Shift);
                keys.Add(row, key, common, isWhole);
                count = isWhole ? Covered : (byte)(count + 1);
                if (isWhole) group.Covering[number] = row;
            }
            if (isHeld) held.Add(row);
        }
        return new(keys, common, held, hiding);
    }

    /// <summary>Rows that differ in the part alone.</summary>
    /// <param name="row">The first of them.</param>
    /// <param name="numbers">How many values the part has.</param>
    private sealed class Group(int row, int numbers)
    {
        internal int Row => row;

        /// <summary>The rows under each value.</summary>
        internal byte[] Counts { get; } = new byte[numbers];

        /// <summary>Under each value that is covered, the row behind which no other is needed.</summary>
        internal int[] Covering => field ??= new int[numbers];
    }

    private static ulong[] Common(RowList rows, IReadOnlyList<int> left)
    {
        var common = new ulong[rows.Layout.Words];
        Array.Fill(common, ulong.MaxValue);
        foreach (var row in left)
            for (var word = 0; word < common.Length; word++) common[word] &= rows.Masks(row)[word];
        return common;
    }

    /// <summary>Whether a row asks for nothing beside the bits of a mask and the values of a part.</summary>
    private static bool IsWhole(RowList rows, int row, ulong[] mask, KeyPart part)
    {
        for (var word = 0; word < mask.Length; word++)
            if ((rows.Masks(row)[word] & ~mask[word]) != 0) return false;
        for (var i = 0; i < rows.Ranges.Count; i++)
            if (rows.Ranges[i].Part != part && rows.HasRange(row, i)) return false;
        return true;
    }

    private static bool IsSame(RowList rows, int left, int right, ulong[] mask)
    {
        for (var word = 0; word < mask.Length; word++)
            if (((rows.Values(left)[word] ^ rows.Values(right)[word]) & mask[word]) != 0) return false;
        return true;
    }
}
