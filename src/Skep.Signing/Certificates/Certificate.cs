using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using Skep.Signing.Keys;
using Skep.Signing.Pem;

namespace Skep.Signing.Certificates;

/// <summary>
/// A certificate of X.509 (RFC 5280). It stands for its key and its names only: who issued it, and for which use, is not looked at.
/// </summary>
public sealed class Certificate
{
    private const string SubjectKeyIdentifier = "2.5.29.14", Label = "CERTIFICATE";

    private Certificate(AsnReader body)
    {
        // version [0], serial, algorithm, issuer, validity, subject, key, unique identifiers [1] and [2], extensions [3]
        if (body.PeekTag().HasSameClassAndValue(Context(0))) body.ReadEncodedValue();
        SerialNumber = body.ReadIntegerBytes();
        body.ReadSequence();
        IssuerName = body.ReadEncodedValue();
        AsnReader validity = body.ReadSequence();
        (NotBefore, NotAfter) = (Time(validity), Time(validity));
        Subject = DistinguishedName.Format(body.ReadEncodedValue());
        Issuer = DistinguishedName.Format(IssuerName);
        if (PublicKey.TryParse(body.ReadEncodedValue(), out PublicKey? key, out string? fault)) Key = key;
        else KeyFault = fault;
        while (body.HasData)
        {
            if (body.PeekTag().HasSameClassAndValue(Context(3))) KeyId = FindKeyId(body.ReadSequence(Context(3)).ReadSequence());
            else body.ReadEncodedValue();
        }
    }

    /// <summary>Whom it names, as RFC 4514 has it.</summary>
    public string Subject { get; }

    /// <summary>Who issued it.</summary>
    public string Issuer { get; }

    /// <summary>Its number, as openssl prints it.</summary>
    public string Serial => FormatSerial(SerialNumber);

    /// <summary>From when on it is valid.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>Until when it is valid.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Its key; null when it is none that is taken.</summary>
    public PublicKey? Key { get; }

    /// <summary>Why its key is not taken.</summary>
    public string? KeyFault { get; }

    internal ReadOnlyMemory<byte> SerialNumber { get; }

    internal ReadOnlyMemory<byte> IssuerName { get; }

    internal ReadOnlyMemory<byte>? KeyId { get; }

    /// <summary>Reads the certificates of a PEM file.</summary>
    /// <param name="text">What is in the file.</param>
    /// <param name="certificates">One or more.</param>
    /// <param name="fault">Why they cannot be read, with what to do.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out IReadOnlyList<Certificate>? certificates,
        [NotNullWhen(false)] out string? fault)
    {
        certificates = null;
        var found = new List<Certificate>();
        IReadOnlyList<PemBlock> blocks = PemReader.Read(text);
        foreach (PemBlock block in blocks.Where(block => block.Label == Label))
        {
            if (block.Der is null || !TryParse(block.Der, out Certificate? certificate))
            {
                fault = $"certificate {found.Count + 1} is damaged";
                return false;
            }

            found.Add(certificate);
        }

        fault = found.Count > 0 ? null
            : blocks.Count > 0 ? "it holds no certificate"
            : "it is no PEM file (openssl x509 -inform DER -in FILE -out CERT.pem makes one of a certificate in DER)";
        if (fault is null) certificates = found;
        return fault is null;
    }

    /// <summary>Reads one.</summary>
    /// <param name="der">Its bytes.</param>
    /// <param name="certificate">The certificate.</param>
    public static bool TryParse(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out Certificate? certificate)
    {
        certificate = null;
        try
        {
            var reader = new AsnReader(der, AsnEncodingRules.DER);
            AsnReader outer = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            certificate = new Certificate(outer.ReadSequence());
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    internal static string FormatSerial(ReadOnlyMemory<byte> number)
    {
        ReadOnlySpan<byte> bytes = number.Span;
        return Convert.ToHexString(bytes is [0, _, ..] ? bytes[1..] : bytes);
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number);

    // RFC 5280, section 4.1.2.5: UTCTime for years from 1950 to 2049.
    private static DateTimeOffset Time(AsnReader validity) =>
        validity.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? validity.ReadUtcTime(2049) : validity.ReadGeneralizedTime();

    private static ReadOnlyMemory<byte>? FindKeyId(AsnReader extensions)
    {
        while (extensions.HasData)
        {
            AsnReader extension = extensions.ReadSequence();
            string type = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean)) extension.ReadBoolean();
            byte[] value = extension.ReadOctetString();
            if (type == SubjectKeyIdentifier) return new AsnReader(value, AsnEncodingRules.DER).ReadOctetString();
        }

        return null;
    }
}
