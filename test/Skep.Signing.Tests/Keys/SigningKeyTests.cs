using System.Text.RegularExpressions;
using Skep.Signing.Keys;
using Skep.Signing.Tests.Support;

namespace Skep.Signing.Tests.Keys;

/// <summary>Which keys are read, and what to do with the others.</summary>
public sealed partial class SigningKeyTests : IDisposable
{
    private readonly OpenSsl _openssl = new();

    public void Dispose() => _openssl.Dispose();

    [Theory]
    [InlineData("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key", "RSA-2048")]
    [InlineData("genrsa -traditional -out key 2048", "RSA-2048")]
    [InlineData("genrsa -traditional -out key 4096", "RSA-4096")]
    [InlineData("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key", "P-256")]
    [InlineData("ecparam -name prime256v1 -genkey -out key", "P-256")]
    [InlineData("ecparam -name secp384r1 -genkey -noout -out key", "P-384")]
    [InlineData("ecparam -name secp521r1 -genkey -out key", "P-521")]
    public void Each_form_of_a_key_is_read(string make, string name)
    {
        _openssl.Run(make);
        using SigningKey key = _openssl.Key("key");
        Assert.Equal(name, key.Public.Name);
        Assert.True(key.Public.Verifies([1], key.Public.Hash, key.Sign([1])));
        _openssl.Run("pkey -in key -out again");
        using SigningKey again = _openssl.Key("again");
        Assert.Equal(key.Public, again.Public);
    }

    // What is in brackets is done, and helps.
    [Theory]
    [InlineData("genpkey -algorithm RSA -aes256 -pass pass:x -out key", "the key is encrypted (")]
    [InlineData("ecparam -name prime256v1 -genkey -noout -out plain && openssl ec -in plain -aes128 -passout pass:x -out key",
        "the key is encrypted (")]
    [InlineData("genrsa -traditional -aes128 -passout pass:x -out key 2048", "the key is encrypted (")]
    [InlineData("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -outform DER -out key", "it is no PEM file (")]
    public void A_key_that_is_not_read_becomes_one_that_is(string make, string expected)
    {
        _openssl.Run(make);
        string fault = FaultOf("key");
        Assert.StartsWith(expected, fault, StringComparison.Ordinal);
        string remedy = Remedy().Match(fault).Groups[1].Value;
        Assert.NotEmpty(remedy);
        _openssl.Run($"{remedy.Replace("FILE", "key", StringComparison.Ordinal)} -passin pass:x");
        using SigningKey key = _openssl.Key("KEY.pem");
        Assert.NotEmpty(key.Public.Name);
    }

    [Theory]
    [InlineData("genpkey -algorithm ED25519 -out key", "its key is neither RSA nor ECDSA (algorithm 1.3.101.112)")]
    [InlineData("ecparam -name secp256k1 -genkey -noout -out key",
        "its ECDSA key is on the curve 1.3.132.0.10 (P-256, P-384 and P-521 are taken)")]
    [InlineData("ecparam -name sect233k1 -genkey -noout -out key",
        "its ECDSA key is on the curve 1.3.132.0.26 (P-256, P-384 and P-521 are taken)")]
    [InlineData("genrsa -out key 1024", "it has an RSA key of 1024 bits (2048 to 4096 are taken)")]
    [InlineData("genrsa -out plain 2048 && openssl pkey -in plain -pubout -out key",
        "it holds no private key (give the file of the key, not of the certificate)")]
    public void A_key_of_another_kind_is_refused(string make, string expected)
    {
        _openssl.Run(make);
        Assert.Equal(expected, FaultOf("key"));
    }

    [Theory]
    [InlineData("PRIVATE KEY")]
    [InlineData("RSA PRIVATE KEY")]
    [InlineData("EC PRIVATE KEY")]
    public void A_damaged_key_says_so(string label)
    {
        foreach (string body in (string[])["", "AAAA", "MAA=", "?", "MIIB"])
        {
            _openssl.Write("key", System.Text.Encoding.ASCII.GetBytes($"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"));
            Assert.StartsWith("the key is damaged: ", FaultOf("key"), StringComparison.Ordinal);
        }
    }

    private string FaultOf(string name)
    {
        Assert.False(SigningKey.TryRead(_openssl.Bytes(name), out SigningKey? key, out string? fault));
        Assert.Null(key);
        return fault;
    }

    [GeneratedRegex(@"\(openssl (pkey [^()]*-out KEY\.pem)")]
    private static partial Regex Remedy();
}
