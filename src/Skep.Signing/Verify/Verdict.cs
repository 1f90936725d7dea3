namespace Skep.Signing.Verify;

/// <summary>What a signature is worth.</summary>
public enum Verdict
{
    /// <summary>It is one of the content, by a certificate that was given.</summary>
    Good,

    /// <summary>There is none.</summary>
    NoSignature,

    /// <summary>The content is not what was signed, or the signature was changed.</summary>
    OtherContent,

    /// <summary>It names a certificate that was not given.</summary>
    OtherSigner,

    /// <summary>It is no signature.</summary>
    Damaged,

    /// <summary>It is a signature, but of a kind that is not taken.</summary>
    Unsupported,

    /// <summary>It is one of the content, and the time of the certificate is over.</summary>
    Expired,

    /// <summary>It is one of the content, and the time of the certificate has not begun.</summary>
    NotYetValid,
}

/// <summary>Names of <see cref="Verdict"/>.</summary>
public static class VerdictNames
{
    /// <summary>In JSON: <c>other-content</c>.</summary>
    public static string Name(this Verdict verdict) => verdict switch
    {
        Verdict.Good => "good",
        Verdict.NoSignature => "no-signature",
        Verdict.OtherContent => "other-content",
        Verdict.OtherSigner => "other-signer",
        Verdict.Damaged => "damaged",
        Verdict.Unsupported => "unsupported",
        Verdict.Expired => "expired",
        _ => "not-yet-valid",
    };
}
