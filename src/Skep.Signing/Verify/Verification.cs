using Skep.Signing.Certificates;
using Skep.Signing.Keys;

namespace Skep.Signing.Verify;

/// <summary>What was found of a signature.</summary>
/// <param name="Verdict">What it is worth.</param>
/// <param name="Message">Why it is not good; null when it is.</param>
public sealed record Verification(Verdict Verdict, string? Message)
{
    /// <summary>The certificate that it names; null when it is none of those that were given.</summary>
    public Certificate? Signer { get; init; }

    /// <summary>The hash that it is over; null when it cannot be read.</summary>
    public SignatureHash? Hash { get; init; }
}
