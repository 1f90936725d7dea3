using Skep.Filter.Syntax;
using Skep.Guard.Model;

namespace Skep.Guard.Syntax;

/// <summary>What became of reading a policy file.</summary>
/// <param name="Source">The text.</param>
/// <param name="Policy">The policy; null when there is an error among the findings.</param>
/// <param name="Diagnostics">The findings, in the order of the text.</param>
public sealed record PolicyFile(SourceText Source, Policy? Policy, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Reads a policy. No text makes it throw.</summary>
    public static PolicyFile Read(SourceText source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new PolicyReader(source).Read();
    }
}
