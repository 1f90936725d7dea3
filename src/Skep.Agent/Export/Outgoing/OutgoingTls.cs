using System.Net.Security;
using Skep.Linux.Files;
using Skep.Linux.Interop;
using Skep.Signing.Tls;

namespace Skep.Agent.Export.Outgoing;

/// <summary>TLS to a server.</summary>
internal static class OutgoingTls
{
    private const int MostIssuerBytes = 4 << 20;

    /// <summary>How a connection is secured.</summary>
    /// <param name="issuers">The file of the certificates that the server's is checked with; null for those that the system trusts.</param>
    /// <exception cref="IOException">There is no OpenSSL, or no such file.</exception>
    /// <exception cref="InvalidDataException">The file holds no certificate, or others may have written it.</exception>
    public static SslClientAuthenticationOptions Options(string? issuers)
    {
        if (!OpenSsl.IsInstalled()) throw new IOException($"TLS needs OpenSSL, which is not installed ({OpenSsl.Remedy})");
        var options = new SslClientAuthenticationOptions();
        if (issuers is null) return options;
        byte[] pem = PrivateFile.Read(issuers, MostIssuerBytes) ?? throw new IOException($"reading {issuers}: there is no such file");
        try
        {
            options.CertificateChainPolicy = TrustedIssuers.Read(pem);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"reading {issuers}: {e.Message}", e);
        }

        return options;
    }
}
