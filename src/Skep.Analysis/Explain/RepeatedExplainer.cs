using Skep.Inventory.Code;

namespace Skep.Analysis.Explain;

/// <summary>Code, and what its findings depend on besides.</summary>
/// <param name="Sha256">SHA-256 of its bytes.</param>
/// <param name="Type">The type of the program.</param>
/// <param name="ExpectedAttachType">Where it expects to be attached.</param>
/// <param name="Target">The kernel function that it is for.</param>
public readonly record struct ExplainedCode(string Sha256, string? Type, string? ExpectedAttachType, string? Target);

/// <summary>Explains programs of which the same are loaded again and again. Large ones are left to the reader.</summary>
public sealed class RepeatedExplainer
{
    /// <summary>Instructions of the largest program that is explained.</summary>
    public const int MostInstructions = 10_000;

    private const int Remembered = 256;

    private readonly Dictionary<ExplainedCode, (IReadOnlyList<Finding>? Findings, string? Reason)> _known = [];

    /// <summary>What is found in a program, or why it is not explained.</summary>
    /// <param name="key">What it is known by.</param>
    /// <param name="count">Its instructions.</param>
    /// <param name="code">Makes the code, when it is not known yet.</param>
    public (IReadOnlyList<Finding>? Findings, string? Reason) Explain(ExplainedCode key, long count, Func<ProgramCode> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        if (count > MostInstructions) return (null, $"it has more than {MostInstructions} instructions");
        if (_known.TryGetValue(key, out (IReadOnlyList<Finding>?, string?) found)) return found;
        if (_known.Count >= Remembered) _known.Clear();
        return _known[key] = Explain(code);
    }

    private static (IReadOnlyList<Finding>?, string?) Explain(Func<ProgramCode> code)
    {
        try
        {
            return (Explainer.Explain(code()).Findings, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever code a process sends, its event is reported.
            return (null, e.Message);
        }
    }
}
