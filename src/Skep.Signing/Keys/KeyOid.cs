namespace Skep.Signing.Keys;

/// <summary>Object identifiers of keys: RFC 3279, RFC 5480.</summary>
internal static class KeyOid
{
    public const string Rsa = "1.2.840.113549.1.1.1", Ecdsa = "1.2.840.10045.2.1";

    public const string P256 = "1.2.840.10045.3.1.7", P384 = "1.3.132.0.34", P521 = "1.3.132.0.35";
}
