using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Skep.Signing.Tls;

/// <summary>How a client speaks TLS: whom it trusts, and who it is.</summary>
public static class ClientTls
{
    /// <summary>Makes the options of a connection.</summary>
    /// <param name="authorities">Certificates in PEM that servers' are signed by; null for those that the system trusts.</param>
    /// <param name="certificate">The client's certificate in PEM, with those between; null for none.</param>
    /// <param name="key">Its key in PEM.</param>
    /// <exception cref="InvalidDataException">One of them cannot be used.</exception>
    public static SslClientAuthenticationOptions Create(string? authorities, string? certificate, string? key)
    {
        var options = new SslClientAuthenticationOptions();
        try
        {
            if (authorities is not null) options.CertificateChainPolicy = TrustedIssuers.Read(authorities);
            if (certificate is not null)
            {
                var between = new X509Certificate2Collection();
                between.ImportFromPem(certificate);
                options.ClientCertificateContext = SslStreamCertificateContext.Create(
                    X509Certificate2.CreateFromPem(certificate, key ?? certificate), between, offline: true);
            }
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"the certificates for TLS cannot be used: {e.Message}", e);
        }

        return options;
    }
}
