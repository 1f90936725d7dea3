using System.Net.Security;
using Skep.Linux.Files;
using Skep.Linux.Interop;
using Skep.Signing.Tls;

namespace Skep.Agent.Web;

/// <summary>The certificate that HTTP is served with, and its key: two files of PEM, which can be read again.</summary>
internal sealed class ServerCertificate : IDisposable
{
    private const int MostBytes = 1 << 20;

    private readonly string _certificatePath, _keyPath;
    private volatile ServerIdentity _identity;

    private ServerCertificate(string certificate, string key)
    {
        (_certificatePath, _keyPath) = (certificate, key);
        _identity = Read();
    }

    /// <summary>What a connection is served with.</summary>
    public SslServerAuthenticationOptions Options => new() { ServerCertificateContext = _identity.Context };

    /// <summary>Reads both.</summary>
    /// <param name="certificate">The file of the certificate of the server, and of those of its issuers.</param>
    /// <param name="key">The file of its key.</param>
    /// <exception cref="IOException">One cannot be read, or OpenSSL is not installed.</exception>
    /// <exception cref="InvalidDataException">One is none, or others may read or write it.</exception>
    public static ServerCertificate Open(string certificate, string key)
    {
        return OpenSsl.IsInstalled()
            ? new ServerCertificate(certificate, key)
            : throw new IOException($"opening OpenSSL: there is no libssl on this machine ({OpenSsl.Remedy})");
    }

    /// <summary>Reads them again, for connections to come.</summary>
    /// <inheritdoc cref="Open"/>
    public void ReadAgain()
    {
        // Connections that were made before still use it.
        _identity = Read();
    }

    /// <inheritdoc/>
    public void Dispose() => _identity.Dispose();

    private ServerIdentity Read()
    {
        byte[] certificate = PrivateFile.Read(_certificatePath, MostBytes) ?? throw Missing(_certificatePath);
        byte[] key = PrivateFile.ReadSecret(_keyPath, MostBytes) ?? throw Missing(_keyPath);
        try
        {
            return ServerIdentity.Read(certificate, key);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"reading {_certificatePath} and {_keyPath}: {e.Message}", e);
        }
        finally
        {
            Array.Clear(key);
        }
    }

    private static IOException Missing(string path) => new($"reading {path}: there is no such file");
}
