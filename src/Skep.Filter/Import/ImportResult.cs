using Skep.Filter.Format;
using Skep.Filter.Model;

namespace Skep.Filter.Import;

/// <summary>Something of the imported file that the rule file does not say, or says differently.</summary>
/// <param name="Line">The line of the imported file, from 1.</param>
/// <param name="Text">What stands there.</param>
/// <param name="Reason">Why it is not taken over, or what is different.</param>
public sealed record ImportNote(int Line, string Text, string Reason);

/// <summary>What became of importing rules of another program.</summary>
/// <param name="Table">What could be expressed.</param>
/// <param name="Notes">What could not, in the order of the imported file.</param>
/// <param name="Taken">How many rules of the chain, and of the chains that it calls, were taken over.</param>
/// <param name="Total">How many rules these chains have, without those that no packet comes to.</param>
/// <param name="Failure">Why the file has nothing to take over; null where it has.</param>
public sealed record ImportResult(Table Table, IReadOnlyList<ImportNote> Notes, int Taken, int Total, string? Failure)
{
    /// <summary>The rule file.</summary>
    /// <returns>Its canonical text.</returns>
    public string Format() => TableFormatter.Format(Table);
}
