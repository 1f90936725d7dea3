using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Skep.Testing;

/// <summary>A key of P-256 and its own certificate, in PEM.</summary>
/// <param name="Key">The private key.</param>
/// <param name="Certificate">The certificate.</param>
public sealed record SelfSigned(string Key, string Certificate)
{
    /// <summary>Makes one.</summary>
    /// <param name="begins">Days from now until it is valid.</param>
    /// <param name="ends">Days from now until it expires.</param>
    public static SelfSigned Make(int begins = -1, int ends = 1)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = new CertificateRequest("CN=signer", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(now.AddDays(begins), now.AddDays(ends));
        return new(key.ExportPkcs8PrivateKeyPem() + "\n", certificate.ExportCertificatePem() + "\n");
    }
}
