using Skep.Filter.Model;

namespace Skep.Filter.Runtime.Sets;

/// <summary>A load that would empty a set, or take out most of it.</summary>
/// <param name="message">What was refused, why, and the remedy in parentheses.</param>
/// <param name="deltas">What it would have changed.</param>
public sealed class SetLossException(string message, IReadOnlyList<SetDelta> deltas) : Exception(message)
{
    private const string Remedy = "look at the feed; --force loads it as it is";

    /// <summary>What it would have changed.</summary>
    public IReadOnlyList<SetDelta> Deltas { get; } = deltas;

    /// <summary>Refuses a load without an element, or one that leaves a set less than half of what it has.</summary>
    internal static void ThrowIfMost(
        string table, IReadOnlyList<(LiveSet Set, ElementList Elements)> sets, IReadOnlyList<SetDelta> deltas)
    {
        if (sets.All(s => s.Elements.Count == 0))
            throw new SetLossException(
                $"loading {sets[0].Set.Name} of table {table}: the feed has no element, and nothing was changed ({Remedy})", deltas);
        foreach (var delta in deltas)
        {
            var (before, after) = (delta.Removed + delta.Kept, delta.Added + delta.Kept);
            if (2 * after < before)
                throw new SetLossException(
                    $"loading {delta.Set} of table {table}: it has {before} elements and would have {after}, less than half, and nothing "
                    + $"was changed ({Remedy})", deltas);
        }
    }
}
