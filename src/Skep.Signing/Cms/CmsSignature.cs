using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using Skep.Signing.Certificates;
using Skep.Signing.Keys;

namespace Skep.Signing.Cms;

/// <summary>
/// A detached signature of one signer, over the content itself: SignedData of RFC 5652 without content and without signed attributes, as
/// <c>openssl cms -sign -binary -noattr</c> makes it, and as <c>verify_pkcs7_signature</c> of the kernel reads it.
/// </summary>
public sealed class CmsSignature
{
    // By issuer and number, or by the identifier of the key (RFC 5652, section 5.3).
    private const int VersionByIssuer = 1, VersionByKeyId = 3;

    private readonly ReadOnlyMemory<byte> _issuer, _serial;
    private readonly ReadOnlyMemory<byte>? _keyId;

    private CmsSignature(
        ReadOnlyMemory<byte> issuer, ReadOnlyMemory<byte> serial, ReadOnlyMemory<byte>? keyId, SignatureHash hash, bool isRsa, byte[] value)
    {
        (_issuer, _serial, _keyId) = (issuer, serial, keyId);
        (Hash, IsRsa, Value) = (hash, isRsa, value);
        Signer = keyId is { } id
            ? $"the certificate with the key id {Convert.ToHexString(id.Span)}"
            : $"certificate {Certificate.FormatSerial(serial)} of {DistinguishedName.Format(issuer)}";
    }

    /// <summary>The hash that it is over.</summary>
    public SignatureHash Hash { get; }

    /// <summary>Whether the key was one of RSA; else it was one of ECDSA.</summary>
    public bool IsRsa { get; }

    /// <summary>What the key made of the hash.</summary>
    internal byte[] Value { get; }

    /// <summary>The certificate that it names, in words.</summary>
    public string Signer { get; }

    /// <summary>Whether a certificate is the one that it names.</summary>
    public bool IsOf(Certificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return _keyId is { } wanted
            ? certificate.KeyId is { } id && id.Span.SequenceEqual(wanted.Span)
            : certificate.IssuerName.Span.SequenceEqual(_issuer.Span) && certificate.SerialNumber.Span.SequenceEqual(_serial.Span);
    }

    /// <summary>Reads one.</summary>
    /// <param name="der">Its bytes.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="isDamaged">Whether it is no signature; else it is one of a kind that is not taken.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParse(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out CmsSignature? signature, out bool isDamaged,
        [NotNullWhen(false)] out string? fault)
    {
        signature = null;
        try
        {
            fault = Read(der, out signature);
            isDamaged = false;
            return signature is not null;
        }
        catch (AsnContentException)
        {
            isDamaged = true;
            fault = "it is no signature in DER, or not a whole one";
            return false;
        }
    }

    internal static byte[] Encode(Certificate certificate, SignatureHash hash, bool isRsa, ReadOnlySpan<byte> value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(CmsOid.SignedData);
            using (writer.PushSequence(Context(0)))
            using (writer.PushSequence())
            {
                writer.WriteInteger(VersionByIssuer);
                using (writer.PushSetOf()) WriteAlgorithm(writer, CmsOid.Of(hash), withNull: false);
                using (writer.PushSequence()) writer.WriteObjectIdentifier(CmsOid.Data);
                using (writer.PushSetOf())
                using (writer.PushSequence())
                {
                    writer.WriteInteger(VersionByIssuer);
                    using (writer.PushSequence())
                    {
                        writer.WriteEncodedValue(certificate.IssuerName.Span);
                        writer.WriteInteger(certificate.SerialNumber.Span);
                    }

                    WriteAlgorithm(writer, CmsOid.Of(hash), withNull: false);
                    WriteAlgorithm(writer, isRsa ? KeyOid.Rsa : CmsOid.OfEcdsa(hash), withNull: isRsa);
                    writer.WriteOctetString(value);
                }
            }
        }

        return writer.Encode();
    }

    // ContentInfo, SignedData and SignerInfo of RFC 5652. Null, or what is not taken; what is no DER throws.
    private static string? Read(ReadOnlyMemory<byte> der, out CmsSignature? signature)
    {
        signature = null;
        var whole = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader info = whole.ReadSequence();
        whole.ThrowIfNotEmpty();
        if (info.ReadObjectIdentifier() != CmsOid.SignedData) return "it is a message of CMS, but no signature";
        AsnReader explicitData = info.ReadSequence(Context(0));
        info.ThrowIfNotEmpty();
        AsnReader data = explicitData.ReadSequence();
        explicitData.ThrowIfNotEmpty();
        int version = Version(data);
        AsnReader hashes = data.ReadSetOf();
        AsnReader content = data.ReadSequence();
        if (content.ReadObjectIdentifier() != CmsOid.Data) return "it is not one of plain data";
        if (content.HasData) return "it holds the content (openssl cms -sign without -nodetach makes one without)";
        if (data.HasData && data.PeekTag().HasSameClassAndValue(Context(0))) data.ReadEncodedValue();
        if (data.HasData && data.PeekTag().HasSameClassAndValue(Context(1))) data.ReadEncodedValue();
        AsnReader signers = data.ReadSetOf();
        data.ThrowIfNotEmpty();
        AsnReader signer = signers.ReadSequence();
        if (signers.HasData) return "it has several signers (give a signature of one)";
        if (Version(signer) != version) throw new AsnContentException();
        return ReadSigner(signer, version, hashes, out signature);
    }

    private static string? ReadSigner(AsnReader signer, int version, AsnReader hashes, out CmsSignature? signature)
    {
        signature = null;
        ReadOnlyMemory<byte> issuer = default, serial = default;
        ReadOnlyMemory<byte>? keyId = null;
        if (version == VersionByKeyId)
        {
            keyId = signer.ReadOctetString(Context(0));
        }
        else
        {
            AsnReader identifier = signer.ReadSequence();
            issuer = identifier.ReadEncodedValue();
            serial = identifier.ReadIntegerBytes();
            identifier.ThrowIfNotEmpty();
        }

        string hashOid = Algorithm(signer);
        if (Algorithm(hashes) != hashOid || hashes.HasData) throw new AsnContentException();
        if (signer.PeekTag().HasSameClassAndValue(Context(0)))
            return "it has signed attributes, and is not over the file itself (openssl cms -sign -noattr makes one without)";
        string keyOid = Algorithm(signer);
        byte[] value = signer.ReadOctetString();
        signer.ThrowIfNotEmpty();
        if (CmsOid.HashOf(hashOid) is not { } hash) return $"its hash is none of SHA-256, SHA-384 and SHA-512 (algorithm {hashOid})";
        if (keyOid != KeyOid.Rsa && keyOid != CmsOid.OfEcdsa(hash))
            return $"it is neither one of RSA (PKCS #1 v1.5) nor one of ECDSA (algorithm {keyOid})";
        signature = new CmsSignature(issuer, serial, keyId, hash, keyOid == KeyOid.Rsa, value);
        return null;
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number);

    private static int Version(AsnReader reader) =>
        reader.TryReadInt32(out int version) && version is VersionByIssuer or VersionByKeyId ? version : throw new AsnContentException();

    private static string Algorithm(AsnReader reader)
    {
        AsnReader algorithm = reader.ReadSequence();
        string oid = algorithm.ReadObjectIdentifier();
        if (!algorithm.HasData) return oid;
        if (!algorithm.PeekTag().HasSameClassAndValue(Asn1Tag.Null)) return $"{oid} with parameters";
        algorithm.ReadNull();
        algorithm.ThrowIfNotEmpty();
        return oid;
    }

    private static void WriteAlgorithm(AsnWriter writer, string oid, bool withNull)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            if (withNull) writer.WriteNull();
        }
    }
}
