namespace Skep.Debug.Verify;

/// <summary>What a log of the verifier holds.</summary>
/// <param name="Steps">The instructions as they were walked over.</param>
/// <param name="Messages">What was said behind the last of them; of a program that is accepted, nothing that counts.</param>
/// <param name="Counts">What was counted; null where the log ends before.</param>
internal sealed record VerifierLog(IReadOnlyList<LogStep> Steps, IReadOnlyList<string> Messages, VerifierCounts? Counts)
{
    /// <summary>The last step, where the walk ended; null when none was taken.</summary>
    public LogStep? Last => Steps.Count == 0 ? null : Steps[^1];
}
