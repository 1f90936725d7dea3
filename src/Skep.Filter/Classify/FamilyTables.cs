using System.Runtime.InteropServices;

namespace Skep.Filter.Classify;

/// <summary>The tables that hold the rows of one family, by the first rule of each, and the rows that are in no table.</summary>
internal sealed class FamilyTables
{
    /// <summary>The most tables that a packet is looked up in.</summary>
    internal const int MostTables = 40;

    /// <summary>The most rows that are compared one after the other.</summary>
    internal const int MostResidue = 512;

    private const int FewestVectors = 24;

    // Where so many more tables would hold the rest, bits of rows cost less.
    private const int ManyTables = 12;

    private const int FewestDense = 8, FewestHeld = 3, MostPrefixes = 1024, LeastPrefixKeys = 1 << 16, PrefixKeysPerRule = 32, Hopeless = 4;

    private FamilyTables(
        Family family, RowList rows, List<TupleTable> tables, List<int> residue, BitVectors? vectors, HashSet<int> hiding) =>
        (Family, Rows, Tables, Residue, Vectors, Hiding) = (family, rows, tables, residue, vectors, hiding);

    internal Family Family { get; }

    internal RowList Rows { get; }

    internal IReadOnlyList<TupleTable> Tables { get; }

    /// <summary>The rows that are in no table, in order.</summary>
    internal IReadOnlyList<int> Residue { get; }

    /// <summary>The bits for which of them a packet may match; null when they are compared one after the other.</summary>
    internal BitVectors? Vectors { get; }

    /// <summary>The rows behind which others are left out of tables, because each packet that those match matches them first.</summary>
    internal IReadOnlySet<int> Hiding { get; }

    /// <summary>The first rule of what is searched after a table; null for none.</summary>
    internal int? FirstRuleBehind(int table)
    {
        int? rule = table + 1 < Tables.Count ? Tables[table + 1].FirstRule : null;
        return Residue.Count == 0 ? rule : Math.Min(rule ?? int.MaxValue, Rows.RuleOf(Residue[0]));
    }

    /// <summary>Whether the program can look at all rows.</summary>
    internal bool IsBounded => Residue.Count <= (Vectors is null ? MostResidue : BitVectors.MostRows);

    /// <param name="family">The family.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="vectors">Whether the program can look at bits of rows.</param>
    internal static FamilyTables Of(Family family, RowList rows, bool vectors)
    {
        var tables = new List<TupleTable>();
        var hiding = new HashSet<int>();
        var keys = KeyList.Of(rows);
        var left = Enumerable.Range(0, keys.Count).ToList();
        var (hasPrefixes, keysPerRow, triedDense) = (false, 1, int.MaxValue);
        var budget = new StepBudget(rows);
        var search = new TupleSearch(keys, budget);
        while (left.Count > 0 && !budget.IsSpent)
        {
            var mask = search.FindMask(CollectionsMarshal.AsSpan(left), out var held);
            if (vectors && left.Count > ManyTables * held && RowsOf(keys, left).Count is >= FewestVectors and <= BitVectors.MostRows) break;
            var triesDense = held < left.Count / 4 && left.Count > FewestDense && left.Count < triedDense / 2;
            if (triesDense) triedDense = left.Count;
            if (triesDense && DenseKeys.Find(rows, RowsOf(keys, left), budget) is { } dense && dense.Held.Count > 2 * held + FewestDense)
            {
                tables.Add(TupleTable.Of(dense.Keys, [.. Enumerable.Range(0, dense.Keys.Count)], dense.Mask, out var missing));
                hiding.UnionWith(dense.Hiding);
                dense.Held.ExceptWith(missing.Select(dense.Keys.RowOf));
                left.RemoveAll(key => dense.Held.Contains(keys.RowOf(key)));
                continue;
            }

            // Tables hold less and less, as a rule.
            var mayStay = vectors ? BitVectors.MostRows : MostResidue;
            var isHopeless = left.Count / keysPerRow > Hopeless * ((MostTables - tables.Count) * held + mayStay);
            var isPoor =
                isHopeless || tables.Count >= MostTables || held < FewestHeld || (tables.Count > 8 && held < left.Count / 64);
            if (isPoor && !hasPrefixes)
            {
                // Ranges of which many begin and end in each other are found by the prefixes that they are made of.
                keys = keys.WithPrefixes(left, MostPrefixes, Math.Max(LeastPrefixKeys, PrefixKeysPerRule * rows.Rules));
                keysPerRow = Math.Max(1, keys.Count / left.Count);
                left = [.. Enumerable.Range(0, keys.Count)];
                search = new(keys, budget);
                hasPrefixes = true;
                continue;
            }
            if (tables.Count >= MostTables || (held < FewestHeld && left.Count > FewestHeld)) break;
            if (isHopeless) break;
            var (members, rest) = search.Split(CollectionsMarshal.AsSpan(left), mask, hiding);
            tables.Add(TupleTable.Of(keys, members, mask, out var unplaced));
            if (unplaced.Count == members.Count) break;
            left = unplaced.Count == 0 ? rest : [.. rest.Concat(unplaced).Order()];
        }
        var residue = RowsOf(keys, left);
        var bits = vectors && residue.Count is >= FewestVectors and <= BitVectors.MostRows ? BitVectors.Of(rows, residue) : null;
        return new(family, rows, [.. tables.OrderBy(t => t.FirstRule)], residue, bits, hiding);
    }

    private static List<int> RowsOf(KeyList keys, List<int> left) => [.. left.Select(keys.RowOf).Distinct().Order()];
}
