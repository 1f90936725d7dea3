using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Skep.Signing.Certificates;
using Skep.Signing.Cms;
using Skep.Signing.Keys;

namespace Skep.Signing.Sign;

/// <summary>Makes signatures by a key.</summary>
public sealed class ContentSigner
{
    private readonly SigningKey _key;

    private ContentSigner(SigningKey key, Certificate certificate) => (_key, Certificate) = (key, certificate);

    /// <summary>The certificate of the key.</summary>
    public Certificate Certificate { get; }

    /// <summary>Takes the first of some certificates that is of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="certificates">The certificates.</param>
    /// <param name="signer">Signs by them.</param>
    /// <param name="fault">Why none is taken.</param>
    public static bool TryCreate(SigningKey key, IReadOnlyList<Certificate> certificates, [NotNullWhen(true)] out ContentSigner? signer,
        [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(certificates);
        Certificate? own = certificates.FirstOrDefault(certificate => key.Public.Equals(certificate.Key));
        signer = own is null ? null : new ContentSigner(key, own);
        fault = own is not null ? null
            : certificates is [{ Key: null } only] ? only.KeyFault!
            : $"the key does not belong to {(certificates.Count == 1 ? "the certificate" : "any of the certificates")}";
        return own is not null;
    }

    /// <summary>Signs a content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="signature">A detached signature of CMS, in DER.</param>
    public bool TrySign(ReadOnlySpan<byte> content, [NotNullWhen(true)] out byte[]? signature)
    {
        signature = null;
        PublicKey publicKey = _key.Public;
        byte[] value;
        try
        {
            value = _key.Sign(content);
        }
        catch (CryptographicException)
        {
            return false;
        }

        // A private key whose numbers do not fit together signs, but what it makes is no signature.
        if (!publicKey.Verifies(content, publicKey.Hash, value)) return false;
        signature = CmsSignature.Encode(Certificate, publicKey.Hash, publicKey.IsRsa, value);
        return true;
    }
}
