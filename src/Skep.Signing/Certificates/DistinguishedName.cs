using System.Formats.Asn1;
using System.Text;

namespace Skep.Signing.Certificates;

/// <summary>The text of a Name of X.509: RFC 4514, as <c>openssl x509 -nameopt RFC2253</c> prints it but for UTF-8, which stays.</summary>
internal static class DistinguishedName
{
    private const string Escaped = ",+\"\\<>;";

    /// <summary>The text of a name.</summary>
    /// <param name="name">Its DER.</param>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static string Format(ReadOnlyMemory<byte> name)
    {
        AsnReader parts = new AsnReader(name, AsnEncodingRules.DER).ReadSequence();
        var texts = new List<string>();
        while (parts.HasData) texts.Add(Part(parts.ReadSetOf(skipSortOrderValidation: true)));
        texts.Reverse();
        return string.Join(',', texts);
    }

    private static string Part(AsnReader part)
    {
        var texts = new List<string>();
        while (part.HasData)
        {
            AsnReader attribute = part.ReadSequence();
            string type = attribute.ReadObjectIdentifier();
            ReadOnlyMemory<byte> value = attribute.PeekEncodedValue();
            string? text = TextOf(attribute);
            attribute.ThrowIfNotEmpty();
            string? name = NameOf(type);
            texts.Add(text is null || name is null
                ? $"{name ?? type}=#{Convert.ToHexString(value.Span)}"
                : $"{name}={Escape(text)}");
        }

        texts.Reverse();
        return string.Join('+', texts);
    }

    private static string? TextOf(AsnReader attribute)
    {
        Asn1Tag tag = attribute.PeekTag();
        var type = (UniversalTagNumber)tag.TagValue;
        if (tag.TagClass == TagClass.Universal && type is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString
            or UniversalTagNumber.IA5String or UniversalTagNumber.T61String or UniversalTagNumber.BMPString
            or UniversalTagNumber.NumericString or UniversalTagNumber.VisibleString)
            return attribute.ReadCharacterString(type);
        attribute.ReadEncodedValue();
        return null;
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool isAtEnd = i == 0 || i == text.Length - 1;
            if (text[i] < ' ' || text[i] == '\x7f') escaped.Append('\\').Append(Convert.ToHexString([(byte)text[i]]));
            else if (Escaped.Contains(text[i]) || (text[i] == ' ' && isAtEnd) || (text[i] == '#' && i == 0))
                escaped.Append('\\').Append(text[i]);
            else escaped.Append(text[i]);
        }

        return escaped.ToString();
    }

    // RFC 4519, and emailAddress of PKCS #9.
    private static string? NameOf(string type) => type switch
    {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "street",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "GN",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => null,
    };
}
