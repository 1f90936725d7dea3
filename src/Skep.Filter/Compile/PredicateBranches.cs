using Skep.Filter.Classify;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Compile;

/// <summary>
/// Counts from above the branches that the verifier keeps for a match that a list looks up for each packet. All of a list are walked as
/// one rule is.
/// </summary>
/// <param name="sets">How a named set is held.</param>
internal sealed class PredicateBranches(Func<string, SetPlan> sets)
{
    // The tables of a list, and the verdicts of its rules, have branches too.
    private const long KeptForTables = 384;

    // Measured, rounded up: a value or a range of one word, and of an IPv6 address; and sets by their structure.
    private const long Narrow = 3, Wide = 8, Bitmap = 16, Table = 16, Try = 4, Ranges = 280, RowsStart = 24, Row = 2;

    internal PredicateBudget Budget => new(VerifierWork.MostBranches - KeptForTables, Of);

    private long Of(Match match) => match switch
    {
        SetMatch set => Of(sets(set.SetName)),
        ValuesMatch values => 2 + values.Elements.Count * values.Fields.Sum(f => Slots.IsWide(f) ? Wide : Narrow),
        _ => 2,
    };

    private static long Of(SetPlan set) => set.Structure switch
    {
        SetStructure.Bitmap => Bitmap,
        SetStructure.Hash => Table + SetTable.MostTries * (Try + set.Layout.KeyBytes / 8),
        SetStructure.Ranges => Ranges,
        _ => RowsStart + Row * set.Layout.Capacity,
    };
}
