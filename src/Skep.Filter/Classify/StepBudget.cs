namespace Skep.Filter.Classify;

/// <summary>Bounds the work of choosing tables, counted in keys that are looked at: what it does not suffice for is in no table.</summary>
/// <param name="rows">The rows that are to be held.</param>
internal sealed class StepBudget(RowList rows)
{
    // Where rules have many rows each, less is spent on each row.
    private const long Least = 60_000_000, PerRule = 2000, PerRow = 250;

    private long _left = Least + PerRule * rows.Rules + PerRow * rows.Count;

    internal bool IsSpent => _left <= 0;

    internal void Take(long steps) => _left -= steps;
}
