using System.Security.Cryptography;

namespace Skep.Signing.Keys;

/// <summary>The hash that a signature is over.</summary>
public enum SignatureHash
{
    /// <summary>SHA-256.</summary>
    Sha256,

    /// <summary>SHA-384.</summary>
    Sha384,

    /// <summary>SHA-512.</summary>
    Sha512,
}

/// <summary>Names of <see cref="SignatureHash"/>.</summary>
public static class SignatureHashNames
{
    /// <summary>As openssl names it: <c>sha256</c>.</summary>
    public static string Name(this SignatureHash hash) => hash switch
    {
        SignatureHash.Sha256 => "sha256",
        SignatureHash.Sha384 => "sha384",
        _ => "sha512",
    };

    internal static HashAlgorithmName Algorithm(this SignatureHash hash) => hash switch
    {
        SignatureHash.Sha256 => HashAlgorithmName.SHA256,
        SignatureHash.Sha384 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
