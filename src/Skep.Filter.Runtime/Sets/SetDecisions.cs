using Skep.Filter.Compile;

namespace Skep.Filter.Runtime.Sets;

/// <summary>What the lines of a feed do to one set, as a whole: all elements go, or some, and then others come.</summary>
/// <param name="Flushes">Whether all elements go.</param>
/// <param name="Deleted">Else those that go. One that the set has not is no error.</param>
/// <param name="Added">Those that come.</param>
internal sealed record SetDecisions(bool Flushes, SetRows Deleted, SetRows Added)
{
    /// <summary>How many rows it has to look through.</summary>
    internal int Size => Deleted.Count + Added.Count;

    internal SetRows Apply(SetRows rows) => Flushes ? Added : rows.Except(Deleted).With(Added);

    /// <summary>These and then others, in one step.</summary>
    internal SetDecisions Then(SetDecisions next) =>
        next.Flushes ? next : new(Flushes, Flushes ? Deleted : Deleted.With(next.Deleted), Added.Except(next.Deleted).With(next.Added));

    /// <summary>All of a list, one after the other, in one step. At least one.</summary>
    /// <remarks>Neighbours are joined first, so that the cost does not grow with the square of their number.</remarks>
    internal static SetDecisions Join(ReadOnlySpan<SetDecisions> all) =>
        all.Length == 1 ? all[0] : Join(all[..(all.Length / 2)]).Then(Join(all[(all.Length / 2)..]));
}
