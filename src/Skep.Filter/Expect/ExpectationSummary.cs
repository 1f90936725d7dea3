using Skep.Filter.Model;

namespace Skep.Filter.Expect;

/// <summary>How many expectations a table meets, and which of its rules they try.</summary>
/// <param name="table">The table.</param>
public sealed class ExpectationSummary(Table table)
{
    private readonly bool[] _isMatched = new bool[table.Rules.Count];

    /// <summary>How many hold.</summary>
    public int Passed { get; private set; }

    /// <summary>How many do not.</summary>
    public int Failed { get; private set; }

    /// <summary>The rules that no packet of an expectation matched, in the table's order.</summary>
    public IReadOnlyList<Rule> NotMatched => [.. table.Rules.Where((_, place) => !_isMatched[place])];

    /// <summary>Counts what became of an expectation.</summary>
    public void Add(ExpectationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Holds) Passed++;
        else Failed++;
        foreach (var hit in result.Actual.Hits) _isMatched[hit] = true;
    }
}
