using Skep.Linux.Files;
using Skep.Linux.Interop;
using Skep.Signing.Certificates;
using Skep.Signing.Verify;

namespace Skep.Agent.Fleet.Check;

/// <summary>Verifies signatures by the certificates of a file.</summary>
/// <param name="path">The file, which is read each time: whom it names may change while the agent runs.</param>
internal sealed class StateVerifier(string path)
{
    private const int MostBytes = 1 << 20;

    /// <summary>Verifies a content.</summary>
    /// <param name="name">What it is, in messages.</param>
    /// <param name="content">The content.</param>
    /// <param name="signature">Its signature; null when it has none.</param>
    /// <exception cref="InvalidDataException">The signature is not good, or the certificates cannot be read.</exception>
    public void Verify(string name, ReadOnlySpan<byte> content, byte[]? signature)
    {
        if (!OpenSsl.IsInstalled())
            throw new InvalidDataException($"verifying {name}: OpenSSL is not installed ({OpenSsl.Remedy})");
        byte[]? pem;
        try
        {
            pem = PrivateFile.Read(path, MostBytes);
        }
        catch (IOException e)
        {
            throw new InvalidDataException($"verifying {name}: {e.Message}", e);
        }

        if (pem is null) throw new InvalidDataException($"verifying {name}: there is no {path} (fleet.cert names it)");
        if (!Certificate.TryRead(pem, out IReadOnlyList<Certificate>? certificates, out string? fault))
            throw new InvalidDataException($"verifying {name}: reading {path}: {fault}");
        Verification found = new SignatureVerifier(certificates, DateTimeOffset.UtcNow).Verify(content, signature);
        if (found.Verdict != Verdict.Good)
            throw new InvalidDataException($"verifying {name}: {found.Verdict.Name()}: {found.Message}");
    }
}
