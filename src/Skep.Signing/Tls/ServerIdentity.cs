using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Skep.Signing.Tls;

/// <summary>Who a server of TLS is: its certificate with those of its issuers, and its key.</summary>
public sealed class ServerIdentity : IDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2Collection _issuers = [];

    private ServerIdentity(ReadOnlySpan<byte> certificates, ReadOnlySpan<byte> key)
    {
        char[] ofCertificates = PemChars.Of(certificates), ofKey = PemChars.Of(key);
        try
        {
            _certificate = X509Certificate2.CreateFromPem(ofCertificates, ofKey);
            _issuers.ImportFromPem(ofCertificates);
            // The first is the server's own.
            _issuers[0].Dispose();
            _issuers.RemoveAt(0);
            Context = SslStreamCertificateContext.Create(_certificate, _issuers, offline: true);
        }
        finally
        {
            Array.Clear(ofKey);
        }
    }

    /// <summary>What <see cref="SslStream"/> serves with.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Reads one from PEM. It needs OpenSSL.</summary>
    /// <param name="certificates">The certificate of the server, then those of its issuers but the root.</param>
    /// <param name="key">Its private key, without a passphrase.</param>
    /// <exception cref="InvalidDataException">There is no certificate, or the key is not its own.</exception>
    public static ServerIdentity Read(ReadOnlySpan<byte> certificates, ReadOnlySpan<byte> key)
    {
        try
        {
            return new ServerIdentity(certificates, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (X509Certificate2 issuer in _issuers) issuer.Dispose();
        _certificate.Dispose();
    }
}
