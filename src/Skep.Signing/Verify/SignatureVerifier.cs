using System.Globalization;
using Skep.Signing.Certificates;
using Skep.Signing.Cms;

namespace Skep.Signing.Verify;

/// <summary>Compares a content with its signature.</summary>
/// <param name="certificates">Those that may have signed.</param>
/// <param name="time">When they have to be valid; null for any time.</param>
public sealed class SignatureVerifier(IReadOnlyList<Certificate> certificates, DateTimeOffset? time)
{
    /// <summary>Verifies a signature. Whatever its bytes are, there is a verdict.</summary>
    /// <param name="content">What should have been signed.</param>
    /// <param name="signature">The signature; null when there is none.</param>
    public Verification Verify(ReadOnlySpan<byte> content, byte[]? signature)
    {
        if (signature is null) return new Verification(Verdict.NoSignature, "there is no signature");
        if (!CmsSignature.TryParse(signature, out CmsSignature? parsed, out bool isDamaged, out string? fault))
            return new Verification(isDamaged ? Verdict.Damaged : Verdict.Unsupported, $"the signature cannot be verified: {fault}");

        Verification best = new(Verdict.OtherSigner, $"it is signed by {parsed.Signer}, which is not among those given");
        foreach (Certificate certificate in certificates.Where(parsed.IsOf))
        {
            best = Verify(content, parsed, certificate);
            if (best.Verdict is Verdict.Good) break;
        }

        return best with { Hash = parsed.Hash };
    }

    private Verification Verify(ReadOnlySpan<byte> content, CmsSignature signature, Certificate certificate)
    {
        (Verdict verdict, string? message) = certificate switch
        {
            { Key: null } => (Verdict.Unsupported, $"the certificate of its signer cannot be used: {certificate.KeyFault}"),
            { Key: { } key } when key.IsRsa != signature.IsRsa =>
                (Verdict.Damaged, $"the signature is not one of the key of its certificate, which is {key.Name}"),
            { Key: { } key } when !key.Verifies(content, signature.Hash, signature.Value) =>
                (Verdict.OtherContent, "the file is not the one that was signed, or its signature was changed"),
            _ when time < certificate.NotBefore =>
                (Verdict.NotYetValid, $"the certificate of its signer is not valid before {Text(certificate.NotBefore)}"),
            _ when time > certificate.NotAfter =>
                (Verdict.Expired, $"the certificate of its signer expired at {Text(certificate.NotAfter)}"),
            _ => (Verdict.Good, null),
        };
        return new Verification(verdict, message) { Signer = certificate };
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
