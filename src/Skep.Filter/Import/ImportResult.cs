using Skep.Filter.Format;
using Skep.Filter.Model;

namespace Skep.Filter.Import;

/// <summary>A part of the imported file that is left out of the rule file, or differs there.</summary>
/// <param name="Line">The line of the imported file, from 1.</param>
/// <param name="Text">The original text.</param>
/// <param name="Reason">Why it is not imported, or what differs.</param>
public sealed record ImportNote(int Line, string Text, string Reason);

/// <summary>What became of importing rules of another program.</summary>
/// <param name="Table">What could be expressed.</param>
/// <param name="Notes">What could not, in the order of the imported file.</param>
/// <param name="Taken">How many rules of the chain, and of the chains that it calls, were imported.</param>
/// <param name="Total">How many rules these chains have, without those that no packet reaches.</param>
/// <param name="Failure">Why nothing can be imported; null where something can.</param>
public sealed record ImportResult(Table Table, IReadOnlyList<ImportNote> Notes, int Taken, int Total, string? Failure)
{
    /// <summary>The rule file.</summary>
    /// <returns>Its canonical text.</returns>
    public string Format() => TableFormatter.Format(Table);
}
