using Skep.Filter.Model;

namespace Skep.Filter.Classify;

/// <summary>
/// A structure that finds the first of many rules that a packet matches. docs/classifier.md describes it. Only rules that decide at once
/// are in it: those with a limit or statements, and those that go on, stay instructions.
/// </summary>
internal sealed class Classifier
{
    private Classifier(IReadOnlyList<FamilyTables> families, IReadOnlyList<Match> predicates) =>
        (Families, Predicates) = (families, predicates);

    /// <summary>The tables of each family that has rows.</summary>
    internal IReadOnlyList<FamilyTables> Families { get; }

    /// <summary>The matches that are evaluated before the key is made.</summary>
    internal IReadOnlyList<Match> Predicates { get; }

    /// <summary>Whether a program can look at all rows.</summary>
    internal bool IsBounded => Families.All(f => f.IsBounded);

    /// <summary>The most rows of all lists of a table: some 64 to 256 bytes each.</summary>
    internal const long MostRows = 1 << 22;

    /// <summary>How many rows it has.</summary>
    internal long RowCount => Families.Sum(f => (long)f.Rows.Count);

    /// <summary>Whether a rule decides at once when it matches.</summary>
    internal static bool IsEligible(Rule rule) => rule.Limit is null && rule.Statements.Count == 0 && rule.Verdict.IsTerminal;

    /// <summary>Makes the structure of some rules that follow each other.</summary>
    /// <param name="table">The table.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="vectors">Whether the program can look at bits of rows.</param>
    /// <param name="unfit">The first rule that cannot be in it, if there is one: then there is no structure.</param>
    /// <param name="mostRows">The most rows that it may have.</param>
    /// <param name="budget">What bounds its predicates beside their number; null for nothing.</param>
    internal static Classifier? TryBuild(
        Table table, int first, int count, bool vectors, out Unfit unfit, long mostRows = MostRows, PredicateBudget? budget = null)
    {
        var atoms = new RuleAtoms(mostRows, budget: budget);
        var usage = new Usage();
        var rules = table.Rules.AsSpan();
        for (var rule = first; rule < first + count; rule++)
        {
            if (atoms.TryWrite(rule, rules[rule], atoms.Predicates.Count == 0 ? usage : null, isCounted: true)) continue;
            unfit = new(rule, atoms.Fault);
            return null;
        }
        unfit = Unfit.None;

        // Which matches are predicates is known only now, and so what the rows are.
        if (atoms.Predicates.Count > 0)
        {
            usage = new();
            for (var rule = first; rule < first + count; rule++) atoms.TryWrite(rule, rules[rule], usage, isCounted: false);
        }
        var rows = new Rows(usage, atoms.Predicates.Count);
        for (var rule = first; rule < first + count; rule++) atoms.TryWrite(rule, rules[rule], rows, isCounted: false);
        return new([.. rows.Filled().Select(r => FamilyTables.Of(r.Family, r.Rows, vectors))], atoms.Predicates);
    }

    /// <summary>The first rule that a packet's key matches, found as the program finds it.</summary>
    /// <param name="presence">The headers of the packet.</param>
    /// <param name="keyOf">Makes its key in a layout.</param>
    /// <returns>-1 when none does.</returns>
    internal int Find(int presence, Func<KeyLayout, ulong[]> keyOf)
    {
        var best = int.MaxValue;
        foreach (var family in Families)
        {
            var bit = Classify.Families.Bit(family.Family);
            if ((presence & bit) != bit) continue;
            var key = keyOf(family.Rows.Layout);
            foreach (var table in family.Tables) Find(table, family.Rows, key, ref best);
            foreach (var row in Candidates(family, key))
                if (family.Rows.RuleOf(row) < best && family.Rows.Matches(row, key)) best = family.Rows.RuleOf(row);
        }
        return best == int.MaxValue ? -1 : best;
    }

    private static IEnumerable<int> Candidates(FamilyTables family, ulong[] key)
    {
        if (family.Vectors is not { } vectors) return family.Residue;
        return Enumerable.Range(0, family.Residue.Count).Where(at => vectors.Parts.All(p =>
        {
            var value = (key[p.Part.Word] & p.Part.Mask) >> p.Part.Shift;
            var own = p.Bits.AsSpan(p.RangeOf(value) * (vectors.Upper + vectors.Words));
            return (own[at / 64 / 64] >> (at / 64) & own[vectors.Upper + at / 64] >> at & 1) != 0;
        })).Select(at => family.Residue[at]);
    }

    private static void Find(TupleTable table, RowList rows, ulong[] key, ref int best)
    {
        var hash = KeyHash.Of(key, table.Mask);
        var at = KeyHash.Bucket(hash, table.Bits);
        for (var step = 0; step < TupleTable.MostBuckets; step++, at++)
        {
            for (var slot = 0; slot < TupleTable.KeysPerBucket; slot++)
            {
                var row = table.Rows[8 * at + slot];
                if ((byte)(table.Tags[at] >> (8 * slot)) != KeyHash.Tag(hash) || row < 0) continue;
                if (rows.RuleOf(row) < best && rows.Matches(row, key)) best = rows.RuleOf(row);
            }
            if (table.Tags[at] >> 56 == TupleTable.Complete) return;
        }
    }

    /// <summary>Which fields the rows of each family use.</summary>
    private sealed class Usage : IAlternativeSink
    {
        private readonly ulong[] _places = new ulong[Classify.Families.Count], _ranges = new ulong[Classify.Families.Count];

        internal readonly int[] Rows = new int[Classify.Families.Count];
        internal readonly bool[] NeedsPresence = new bool[Classify.Families.Count];

        internal IEnumerable<Field> PlacesOf(int family) => FieldsOf(_places[family]);

        internal IEnumerable<Field> RangesOf(int family) => FieldsOf(_ranges[family]);

        public void Add(int rule, ReadOnlySpan<Atom> atoms, int presence, ulong predicates)
        {
            var family = Classify.Families.Of(presence);
            Rows[(int)family]++;
            NeedsPresence[(int)family] |= (presence & ~Classify.Families.Bit(family)) != 0;
            foreach (var atom in atoms)
            {
                _places[(int)family] |= 1UL << (int)atom.Place;
                if (atom.HasRange) _ranges[(int)family] |= 1UL << (int)atom.Place;
            }
        }

        private static IEnumerable<Field> FieldsOf(ulong bits) => FieldInfo.All.Select(f => f.Field).Where(f => (bits >> (int)f & 1) != 0);
    }

    /// <summary>Takes the rows of each family.</summary>
    private sealed class Rows : IAlternativeSink
    {
        private readonly RowList?[] _families = new RowList?[Classify.Families.Count];

        internal Rows(Usage usage, int predicates)
        {
            for (var family = 0; family < _families.Length; family++)
            {
                if (usage.Rows[family] == 0) continue;
                var layout = new KeyLayout(usage.PlacesOf(family), usage.NeedsPresence[family], predicates);
                _families[family] =
                    new(layout, [.. usage.RangesOf(family).Select(place => new KeyRange(layout.Of(place)))], usage.Rows[family]);
            }
        }

        public void Add(int rule, ReadOnlySpan<Atom> atoms, int presence, ulong predicates)
        {
            var family = Classify.Families.Of(presence);
            _families[(int)family]!.Add(rule, atoms, presence & ~Classify.Families.Bit(family), predicates);
        }

        internal IEnumerable<(Family Family, RowList Rows)> Filled() =>
            Enumerable.Range(0, _families.Length).Where(f => _families[f] is not null).Select(f => ((Family)f, _families[f]!));
    }
}
