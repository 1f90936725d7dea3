using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Skep.Signing.Tls;

/// <summary>The certificates that those of servers are checked with, in the place of the system's.</summary>
public static class TrustedIssuers
{
    /// <summary>Reads them from PEM. It needs OpenSSL.</summary>
    /// <param name="certificates">One or more.</param>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static X509ChainPolicy Read(ReadOnlySpan<byte> certificates) => Read((ReadOnlySpan<char>)PemChars.Of(certificates));

    internal static X509ChainPolicy Read(ReadOnlySpan<char> certificates)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPem(certificates);
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException(e.Message, e);
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw new InvalidDataException("it holds no certificate");
    }
}
