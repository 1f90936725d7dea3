using Skep.Filter.Classify;
using Skep.Filter.Model;

namespace Skep.Filter.Compile;

/// <summary>Rules that follow each other and are searched by a classifier.</summary>
/// <param name="First">The place of the first.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Classifier">The structure that is searched.</param>
internal sealed record RuleList(int First, int Count, Classifier Classifier);

/// <summary>Chooses which rules are searched by a classifier, and which are instructions of their own, by the estimated cost.</summary>
internal static class RuleLists
{
    // Measured, in nanoseconds, rounded: a rule as instructions, and the parts of a search. docs/classifier.md has the figures.
    internal const double RuleCost = 0.55, ListCost = 4, TableCost = 2.5, ResidueCost = 3, PredicateCost = 8, VectorCost = 20,
        WordCost = 10;

    /// <summary>Fewer rules are never searched.</summary>
    private const int Fewest = 12;

    /// <param name="table">The table.</param>
    /// <param name="searched">The fewest rules that are searched whatever it costs; null to go by the cost.</param>
    /// <param name="memory">The kind of memory that is searched.</param>
    /// <param name="sets">How a named set is held.</param>
    /// <param name="unserved">
    /// The places of rules that keep a list from being searched: no few masks serve them, and they are too many.
    /// </param>
    /// <param name="ends">Where a list ends before a rule that could be searched, and which rules are in none.</param>
    internal static IReadOnlyList<RuleList> Find(
        Table table, int? searched, ClassifierMemory memory, Func<string, SetPlan> sets, out IReadOnlyList<int> unserved,
        out IReadOnlyList<ListEnd> ends)
    {
        var (lists, blamed, found) = (new List<RuleList>(), new List<int>(), new List<ListEnd>());
        var branches = new PredicateBranches(sets);
        (unserved, ends) = (blamed, found);
        for (var first = 0; first < table.Rules.Count;)
        {
            var end = first;
            while (end < table.Rules.Count && Classifier.IsEligible(table.Rules[end]) && !Counts(table.Rules[end])) end++;
            AddTo(lists, table, first, end, searched, memory, branches.Budget, blamed, found);
            first = end + 1;
        }
        return lists;

        // What a search looks up once a packet would count packets that no rule looked up.
        bool Counts(Rule rule)
        {
            foreach (var match in rule.Matches)
                if (match is SetMatch { SetName: var name } && sets(name).Layout.IsCounted) return true;
            return false;
        }
    }

    /// <summary>The estimated cost of a search, in nanoseconds a packet.</summary>
    internal static double CostOf(Classifier classifier)
    {
        var any = classifier.Families.Where(f => f.Family == Family.Any).Sum(CostOf);
        return ListCost + PredicateCost * classifier.Predicates.Count + any
            + classifier.Families.Where(f => f.Family != Family.Any).Select(CostOf).DefaultIfEmpty().Max();
    }

    private static double CostOf(FamilyTables family) => TableCost * family.Tables.Count
        + (family.Vectors is { } vectors
            ? VectorCost * vectors.Parts.Count + WordCost * vectors.Upper : ResidueCost * family.Residue.Count);

    private static void AddTo(
        List<RuleList> lists, Table table, int first, int end, int? searched, ClassifierMemory memory, PredicateBudget budget,
        List<int> blamed, List<ListEnd> ends)
    {
        // Their loops are of no fixed length (may_goto, which came with arenas).
        var vectors = memory == ClassifierMemory.Arena;
        while (end - first >= (searched ?? Fewest))
        {
            var mostRows = Classifier.MostRows - lists.Sum(l => l.Classifier.RowCount);
            var classifier = Classifier.TryBuild(table, first, end - first, vectors, out var unfit, mostRows, budget);
            var count = (unfit.Rule < 0 ? end : unfit.Rule) - first;
            if (unfit.Rule >= 0)
            {
                if (ends is [.., var last] && last.Rule == unfit.Rule) ends.RemoveAt(ends.Count - 1);
                ends.Add(ListEnd.Of(unfit, begins: count > 0));
                if (count >= (searched ?? Fewest))
                    classifier = Classifier.TryBuild(table, first, count, vectors, out _, mostRows, budget);
            }
            if (classifier is { IsBounded: false }) blamed.AddRange(classifier.Families.SelectMany(f => f.Residue.Select(f.Rows.RuleOf)));
            if (classifier is { IsBounded: true } && (searched is not null || CostOf(classifier) < RuleCost * count))
                lists.Add(new(first, count, classifier));
            if (unfit.Rule < 0) return;
            first = unfit.MayBeginList && count > 0 ? unfit.Rule : unfit.Rule + 1;
        }
    }
}
