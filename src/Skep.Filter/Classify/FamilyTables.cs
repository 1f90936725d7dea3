using System.Runtime.InteropServices;

namespace Skep.Filter.Classify;

/// <summary>The tables that hold the rows of one family, by the first rule of each, and the rows that are in no table.</summary>
internal sealed class FamilyTables
{
    /// <summary>The most tables that a packet is looked up in.</summary>
    internal const int MostTables = 40;

    /// <summary>The most rows that are compared one after the other.</summary>
    internal const int MostResidue = 512;

    private const int FewestDense = 8, FewestHeld = 3, MostPrefixes = 1024;

    private FamilyTables(Family family, RowList rows, List<TupleTable> tables, List<int> residue) =>
        (Family, Rows, Tables, Residue) = (family, rows, tables, residue);

    internal Family Family { get; }

    internal RowList Rows { get; }

    internal IReadOnlyList<TupleTable> Tables { get; }

    /// <summary>The rows that are compared one after the other, in order.</summary>
    internal IReadOnlyList<int> Residue { get; }

    internal static FamilyTables Of(Family family, RowList rows)
    {
        var tables = new List<TupleTable>();
        var keys = KeyList.Of(rows);
        var left = Enumerable.Range(0, keys.Count).ToList();
        var hasPrefixes = false;
        var search = new TupleSearch(keys);
        while (left.Count > 0)
        {
            var mask = search.FindMask(CollectionsMarshal.AsSpan(left), out var held);
            if (held < left.Count / 4 && left.Count > FewestDense && DenseKeys.Find(rows, RowsOf(keys, left)) is { } dense
                && dense.Held.Count > 2 * held + FewestDense)
            {
                tables.Add(TupleTable.Of(dense.Keys, [.. Enumerable.Range(0, dense.Keys.Count)], dense.Mask));
                left.RemoveAll(key => dense.Held.Contains(keys.RowOf(key)));
                continue;
            }
            var isPoor = tables.Count >= MostTables || held < FewestHeld || (tables.Count > 8 && held < left.Count / 64);
            if (isPoor && !hasPrefixes)
            {
                // Ranges of which many begin and end in each other are found by the prefixes that they are made of.
                keys = keys.WithPrefixes(left, MostPrefixes);
                left = [.. Enumerable.Range(0, keys.Count)];
                search = new(keys);
                hasPrefixes = true;
                continue;
            }
            if (tables.Count >= MostTables || (held < FewestHeld && left.Count > FewestHeld)) break;
            var (members, rest) = search.Split(CollectionsMarshal.AsSpan(left), mask);
            if (members.Count > 0) tables.Add(TupleTable.Of(keys, members, mask));
            left = rest;
        }
        return new(family, rows, [.. tables.OrderBy(t => t.FirstRule)], [.. RowsOf(keys, left)]);
    }

    private static List<int> RowsOf(KeyList keys, List<int> left) => [.. left.Select(keys.RowOf).Distinct().Order()];
}
