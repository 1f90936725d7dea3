using Skep.Signing.Certificates;
using Skep.Signing.Keys;
using Skep.Signing.Sign;
using Skep.Signing.Tests.Support;
using Skep.Signing.Verify;

namespace Skep.Signing.Tests.Sign;

/// <summary>What is signed, openssl accepts.</summary>
public sealed class ContentSignerTests : IDisposable
{
    private const string Verify = "cms -verify -binary -inform DER -in signature -content content -certfile a.pem -out verified";

    private readonly OpenSsl _openssl = new();

    public void Dispose() => _openssl.Dispose();

    [Theory]
    [MemberData(nameof(OpenSsl.Kinds), MemberType = typeof(OpenSsl))]
    public void Openssl_accepts_what_is_signed(string kind)
    {
        _openssl.MakeKey(kind);
        foreach (byte[] content in (byte[][])[[], [0x95], Support.Signing.Content, "line\nline\r\n"u8.ToArray()])
        {
            _openssl.Write("content", content);
            _openssl.Write("signature", _openssl.SignWith(content));
            _openssl.Run($"{Verify} -CAfile a.pem");
            _openssl.Run($"{Verify} -noverify");
            Assert.Equal(content, _openssl.Bytes("verified"));
            _openssl.Write("content", [.. content, 0]);
            Assert.NotEqual(0, _openssl.Try($"{Verify} -noverify").Code);
        }
    }

    [Theory]
    [InlineData("2048", "/C=DE/O=Acme, Inc/CN=build")]
    [InlineData("4096", "/CN=x")]
    public void What_is_signed_by_RSA_is_what_openssl_makes(string kind, string subject)
    {
        _openssl.MakeKey(kind, more: $"-subj '{subject}'");
        _openssl.Write("content", Support.Signing.Content);
        Assert.Equal(_openssl.Sign(), _openssl.SignWith(Support.Signing.Content));
    }

    [Theory]
    [InlineData("2048", "sha256")]
    [InlineData("P-256", "sha256")]
    [InlineData("P-384", "sha384")]
    [InlineData("P-521", "sha512")]
    public void The_hash_is_not_shorter_than_the_curve(string kind, string hash)
    {
        _openssl.MakeKey(kind);
        _openssl.Write("signature", _openssl.SignWith(Support.Signing.Content));
        Assert.Contains($":{hash}", _openssl.Run("asn1parse -inform DER -in signature"), StringComparison.Ordinal);
        Assert.Equal(hash, _openssl.VerifyWith(Support.Signing.Content, _openssl.Bytes("signature"), "a.pem").Hash?.Name());
    }

    [Theory]
    [InlineData("2048", "3072")]
    [InlineData("P-256", "P-256")]
    [InlineData("P-256", "2048")]
    public void A_key_of_another_certificate_is_refused(string kind, string other)
    {
        _openssl.MakeKey(kind);
        _openssl.MakeKey(other, "b");
        using SigningKey key = _openssl.Key();
        Assert.False(ContentSigner.TryCreate(key, _openssl.Certificates("b.pem"), out _, out string? fault));
        Assert.Equal("the key does not belong to the certificate", fault);
        Assert.False(ContentSigner.TryCreate(key, _openssl.Certificates("b.pem", "b.pem"), out _, out fault));
        Assert.Equal("the key does not belong to any of the certificates", fault);
        Assert.True(ContentSigner.TryCreate(key, _openssl.Certificates("b.pem", "a.pem"), out ContentSigner? signer, out _));
        Assert.Equal(_openssl.Certificates("a.pem")[0].Serial, signer.Certificate.Serial);
    }

    [Fact]
    public void A_certificate_of_a_key_that_is_not_taken_says_so()
    {
        _openssl.MakeKey("2048");
        _openssl.MakeKey("1024", "b");
        using SigningKey key = _openssl.Key();
        Assert.False(ContentSigner.TryCreate(key, _openssl.Certificates("b.pem"), out _, out string? fault));
        Assert.Equal("it has an RSA key of 1024 bits (2048 to 4096 are taken)", fault);
    }

    // A private exponent that does not fit its modulus: OpenSSL imports it.
    [Fact]
    public void A_key_whose_numbers_do_not_fit_together_signs_nothing()
    {
        _openssl.MakeKey("P-256");
        _openssl.MakeKey("P-256", "b");
        byte[] der = Der("a"), other = Der("b");
        int at = der.AsSpan().IndexOf<byte>([0x04, 0x20]) + 2, from = other.AsSpan().IndexOf<byte>([0x04, 0x20]) + 2;
        other.AsSpan(from, 32).CopyTo(der.AsSpan(at));
        string pem = $"-----BEGIN PRIVATE KEY-----\n{Convert.ToBase64String(der)}\n-----END PRIVATE KEY-----\n";
        if (!SigningKey.TryRead(System.Text.Encoding.ASCII.GetBytes(pem), out SigningKey? key, out string? fault))
        {
            Assert.StartsWith("the key is damaged: ", fault, StringComparison.Ordinal);
            return;
        }

        using (key)
        {
            Assert.True(ContentSigner.TryCreate(key, _openssl.Certificates("a.pem"), out ContentSigner? signer, out _));
            Assert.False(signer.TrySign(Support.Signing.Content, out _));
        }
    }

    [Fact]
    public void An_expired_certificate_signs()
    {
        _openssl.MakeKey("2048");
        byte[] signature = _openssl.SignWith(Support.Signing.Content);
        IReadOnlyList<Certificate> certificates = _openssl.Certificates("a.pem");
        DateTimeOffset late = certificates[0].NotAfter.AddSeconds(1);
        Assert.Equal(Verdict.Expired, new SignatureVerifier(certificates, late).Verify(Support.Signing.Content, signature).Verdict);
    }

    private byte[] Der(string name)
    {
        _openssl.Run($"pkcs8 -topk8 -nocrypt -in {name}.key -outform DER -out {name}.der");
        return _openssl.Bytes($"{name}.der");
    }
}
