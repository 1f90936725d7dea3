using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Skep.Signing.Pem;

namespace Skep.Signing.Keys;

/// <summary>A private key.</summary>
public sealed class SigningKey : IDisposable
{
    private const string Pkcs8 = "PRIVATE KEY", EncryptedPkcs8 = "ENCRYPTED PRIVATE KEY", RsaOnly = "RSA PRIVATE KEY",
        EcOnly = "EC PRIVATE KEY";

    private readonly AsymmetricAlgorithm _key;

    private SigningKey(AsymmetricAlgorithm key, PublicKey publicKey) => (_key, Public) = (key, publicKey);

    /// <summary>Its public key.</summary>
    public PublicKey Public { get; }

    /// <summary>Reads the first private key of a PEM file: PKCS #8, or the older forms of RSA and ECDSA keys.</summary>
    /// <param name="text">What is in the file.</param>
    /// <param name="key">The key.</param>
    /// <param name="fault">Why there is none, with what to do.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out SigningKey? key, [NotNullWhen(false)] out string? fault)
    {
        IReadOnlyList<PemBlock> blocks = PemReader.Read(text);
        try
        {
            key = null;
            PemBlock? block = blocks.FirstOrDefault(block => block.Label.EndsWith(Pkcs8, StringComparison.Ordinal));
            fault = block switch
            {
                null when blocks.Count == 0 =>
                    "it is no PEM file (openssl pkey -inform DER -in FILE -out KEY.pem makes one of a key in DER)",
                null => "it holds no private key (give the file of the key, not of the certificate)",
                { Label: EncryptedPkcs8 } or { IsEncrypted: true } =>
                    "the key is encrypted (openssl pkey -in FILE -out KEY.pem writes it without a passphrase)",
                { Label: not (Pkcs8 or RsaOnly or EcOnly) } =>
                    $"it holds no RSA or ECDSA key, but '{block.Label}' (openssl pkey -in FILE -out KEY.pem writes PKCS #8)",
                { Der: null } => "the key is damaged: it is not base64",
                _ => null,
            };
            return fault is null && TryImport(block!.Label, block.Der!, out key, out fault);
        }
        finally
        {
            foreach (PemBlock block in blocks) CryptographicOperations.ZeroMemory(block.Der);
        }
    }

    /// <summary>Signs a content.</summary>
    /// <returns>PKCS #1 v1.5 for RSA, ECDSA-Sig-Value for ECDSA, over <see cref="PublicKey.Hash"/>.</returns>
    /// <exception cref="CryptographicException">The key is damaged.</exception>
    internal byte[] Sign(ReadOnlySpan<byte> content)
    {
        HashAlgorithmName hash = Public.Hash.Algorithm();
        return _key is RSA rsa
            ? rsa.SignData(content, hash, RSASignaturePadding.Pkcs1)
            : ((ECDsa)_key).SignData(content, hash, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static bool TryImport(
        string label, byte[] der, [NotNullWhen(true)] out SigningKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        AsymmetricAlgorithm? opened = null;
        try
        {
            AsnReader parts = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            (string algorithm, string? curve) = label switch
            {
                RsaOnly => (KeyOid.Rsa, null),
                EcOnly => (KeyOid.Ecdsa, CurveOfEcOnly(parts)),
                _ => AlgorithmOf(parts),
            };
            fault = algorithm switch
            {
                KeyOid.Rsa => null,
                KeyOid.Ecdsa => PublicKey.FaultOfCurve(curve),
                _ => $"its key is neither RSA nor ECDSA (algorithm {algorithm})",
            };
            if (fault is not null) return false;
            opened = algorithm == KeyOid.Rsa ? RSA.Create() : ECDsa.Create();
            int read;
            if (label == RsaOnly) ((RSA)opened).ImportRSAPrivateKey(der, out read);
            else if (label == EcOnly) ((ECDsa)opened).ImportECPrivateKey(der, out read);
            else opened.ImportPkcs8PrivateKey(der, out read);
            fault = "the key is damaged: bytes follow it";
            if (read != der.Length || !PublicKey.TryParse(opened.ExportSubjectPublicKeyInfo(), out PublicKey? known, out fault))
                return false;
            (key, opened) = (new SigningKey(opened, known), null);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            fault = $"the key is damaged: {e.Message}";
            return false;
        }
        finally
        {
            opened?.Dispose();
        }
    }

    // PrivateKeyInfo of RFC 5208: version, algorithm, key.
    private static (string Algorithm, string? Curve) AlgorithmOf(AsnReader parts)
    {
        parts.ReadIntegerBytes();
        AsnReader algorithm = parts.ReadSequence();
        return (algorithm.ReadObjectIdentifier(), CurveOf(algorithm));
    }

    // ECPrivateKey of RFC 5915: version, key, [0] curve.
    private static string? CurveOfEcOnly(AsnReader parts)
    {
        parts.ReadIntegerBytes();
        parts.ReadOctetString();
        return CurveOf(parts.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)));
    }

    private static string? CurveOf(AsnReader parameters) =>
        parameters.HasData && parameters.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier)
            ? parameters.ReadObjectIdentifier()
            : null;
}
