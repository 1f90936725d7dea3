using Skep.Signing.Keys;

namespace Skep.Signing.Cms;

/// <summary>Object identifiers of CMS: RFC 5652, RFC 5754.</summary>
internal static class CmsOid
{
    public const string SignedData = "1.2.840.113549.1.7.2", Data = "1.2.840.113549.1.7.1";

    private const string Sha256 = "2.16.840.1.101.3.4.2.1", Sha384 = "2.16.840.1.101.3.4.2.2", Sha512 = "2.16.840.1.101.3.4.2.3";
    private const string EcdsaSha256 = "1.2.840.10045.4.3.2", EcdsaSha384 = "1.2.840.10045.4.3.3", EcdsaSha512 = "1.2.840.10045.4.3.4";

    public static string Of(SignatureHash hash) => hash switch
    {
        SignatureHash.Sha256 => Sha256,
        SignatureHash.Sha384 => Sha384,
        _ => Sha512,
    };

    public static SignatureHash? HashOf(string oid) => oid switch
    {
        Sha256 => SignatureHash.Sha256,
        Sha384 => SignatureHash.Sha384,
        Sha512 => SignatureHash.Sha512,
        _ => null,
    };

    public static string OfEcdsa(SignatureHash hash) => hash switch
    {
        SignatureHash.Sha256 => EcdsaSha256,
        SignatureHash.Sha384 => EcdsaSha384,
        _ => EcdsaSha512,
    };
}
