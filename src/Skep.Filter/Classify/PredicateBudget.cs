using Skep.Filter.Model;

namespace Skep.Filter.Classify;

/// <summary>Bounds the code of the predicates of a list: the verifier walks it as it walks one rule.</summary>
/// <param name="MostBranches">The most branches of all of them.</param>
/// <param name="BranchesOf">The branches of one, counted from above.</param>
internal sealed record PredicateBudget(long MostBranches, Func<Match, long> BranchesOf);

/// <summary>Why a rule cannot be searched together with those before it.</summary>
internal enum RowFault
{
    None,

    /// <summary>The list has as many predicates as it may have.</summary>
    Predicates,

    /// <summary>The code of the predicates has too many branches.</summary>
    Branches,

    /// <summary>The rule itself has too many alternatives.</summary>
    Alternatives,

    /// <summary>The lists of the table have too many rows.</summary>
    Rows,
}

/// <summary>A rule that ends a list, or is in none.</summary>
/// <param name="Rule">Its place in the table; -1 for none.</param>
/// <param name="Fault">Why.</param>
internal readonly record struct Unfit(int Rule, RowFault Fault)
{
    internal static readonly Unfit None = new(-1, RowFault.None);

    /// <summary>Whether it may be the first of another list.</summary>
    internal bool MayBeginList => Fault is RowFault.Predicates or RowFault.Branches;
}
