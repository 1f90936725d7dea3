using Skep.Signing.Certificates;
using Skep.Signing.Tests.Support;
using Skep.Signing.Verify;
using static Skep.Signing.Tests.Support.Signing;

namespace Skep.Signing.Tests.Verify;

/// <summary>Which signatures are good, and why the others are not.</summary>
public sealed class SignatureVerifierTests : IDisposable
{
    private const string Der = "-binary -noattr -nocerts -outform DER -signer a.pem -inkey a.key";

    private readonly OpenSsl _openssl = new();

    public void Dispose() => _openssl.Dispose();

    [Theory]
    [MemberData(nameof(OpenSsl.Kinds), MemberType = typeof(OpenSsl))]
    public void What_openssl_signs_is_good(string kind)
    {
        _openssl.MakeKey(kind);
        _openssl.MakeKey("P-256", "b");
        _openssl.Write("content", Content);
        foreach (string more in (string[])["", "-md sha384", "-md sha512", "-keyid", "-certfile b.pem"])
        {
            byte[] signature = _openssl.Sign($"{(more.Contains("certfile", StringComparison.Ordinal)
                ? Der.Replace("-nocerts ", "", StringComparison.Ordinal) : Der)} {more}");
            Verification found = _openssl.VerifyWith(Content, signature, "b.pem", "a.pem");
            Assert.Equal((Verdict.Good, null), (found.Verdict, found.Message));
            Assert.Equal(_openssl.Certificates("a.pem")[0].Serial, found.Signer?.Serial);
        }
    }

    [Theory]
    [InlineData("2048")]
    [InlineData("P-256")]
    public void No_bit_of_the_content_can_change(string kind)
    {
        _openssl.MakeKey(kind);
        byte[] signature = _openssl.SignWith(Content);
        var verifier = new SignatureVerifier(_openssl.Certificates("a.pem"), null);
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            byte[] other = [.. Content];
            other[random.Next(other.Length)] ^= (byte)(1 << random.Next(8));
            Assert.Equal(Verdict.OtherContent, verifier.Verify(other, signature).Verdict);
        }

        Assert.Equal(Verdict.OtherContent, verifier.Verify(Content[..^1], signature).Verdict);
        Assert.Equal(Verdict.OtherContent, verifier.Verify([.. Content, 0], signature).Verdict);
        Assert.Equal(Verdict.OtherContent, verifier.Verify([], signature).Verdict);
    }

    [Theory]
    [InlineData("2048", "")]
    [InlineData("P-256", "")]
    [InlineData("P-256", "-keyid")]
    public void No_bit_of_a_signature_can_change(string kind, string more)
    {
        _openssl.MakeKey(kind);
        _openssl.Write("content", Content);
        byte[] signature = _openssl.Sign($"{Der} {more}");
        var verifier = new SignatureVerifier(_openssl.Certificates("a.pem"), null);
        for (int bit = 0; bit < signature.Length * 8; bit++)
        {
            byte[] other = [.. signature];
            other[bit / 8] ^= (byte)(1 << (bit % 8));
            Verification found = verifier.Verify(Content, other);
            Assert.True(found.Verdict != Verdict.Good, $"bit {bit}");
            Assert.NotEmpty(found.Message!);
        }

        for (int length = 0; length < signature.Length; length++)
            Assert.Equal(Verdict.Damaged, verifier.Verify(Content, signature[..length]).Verdict);
        Assert.Equal(Verdict.Damaged, verifier.Verify(Content, [.. signature, 0]).Verdict);
        Assert.Equal(Verdict.Good, verifier.Verify(Content, signature).Verdict);
    }

    [Theory]
    [InlineData("-binary -noattr -nocerts -nodetach -outform DER", Verdict.Unsupported, "it holds the content")]
    [InlineData("-binary -nocerts -outform DER", Verdict.Unsupported, "it has signed attributes")]
    [InlineData("-binary -noattr -nocerts -md sha1 -outform DER", Verdict.Unsupported, "its hash is none of SHA-256")]
    [InlineData("-binary -noattr -nocerts -keyopt rsa_padding_mode:pss -outform DER", Verdict.Unsupported,
        "it is neither one of RSA (PKCS #1 v1.5)")]
    [InlineData("-binary -noattr -nocerts -outform PEM", Verdict.Damaged, "it is no signature in DER")]
    [InlineData("-binary -noattr -nocerts -econtent_type 1.2.3 -outform DER", Verdict.Unsupported, "it is not one of plain data")]
    public void A_signature_of_another_kind_says_what_it_is(string options, Verdict verdict, string message)
    {
        _openssl.MakeKey("2048");
        _openssl.Write("content", Content);
        Verification found = _openssl.VerifyWith(Content, _openssl.Sign($"-signer a.pem -inkey a.key {options}"), "a.pem");
        Assert.Equal(verdict, found.Verdict);
        Assert.StartsWith($"the signature cannot be verified: {message}", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_is_no_signature_says_so()
    {
        _openssl.Write("content", Content);
        _openssl.Run("cms -data_create -in content -outform DER -out signature");
        Verification found = _openssl.VerifyWith(Content, _openssl.Bytes("signature"), Made("P-256"));
        Assert.Equal((Verdict.Unsupported, "the signature cannot be verified: it is a message of CMS, but no signature"),
            (found.Verdict, found.Message));
    }

    [Fact]
    public void Several_signers_are_refused()
    {
        _openssl.MakeKey("2048");
        _openssl.MakeKey("P-256", "b");
        _openssl.Write("content", Content);
        byte[] signature = _openssl.Sign($"{Der} -signer b.pem -inkey b.key");
        Verification found = _openssl.VerifyWith(Content, signature, "a.pem", "b.pem");
        Assert.Equal(Verdict.Unsupported, found.Verdict);
        Assert.Contains("several signers", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_signer_is_named()
    {
        _openssl.MakeKey("2048", more: "-subj /O=Acme/CN=other");
        _openssl.MakeKey("2048", "b");
        byte[] signature = _openssl.SignWith(Content);
        string serial = _openssl.Certificates("a.pem")[0].Serial;
        Verification found = _openssl.VerifyWith(Content, signature, "b.pem");
        Assert.Equal(Verdict.OtherSigner, found.Verdict);
        Assert.Equal($"it is signed by certificate {serial} of CN=other,O=Acme, which is not among those given", found.Message);
        Assert.Null(found.Signer);
    }

    [Theory]
    [InlineData("2048", Verdict.OtherContent)]
    [InlineData("P-256", Verdict.Damaged)]
    public void A_certificate_of_the_same_name_and_number_is_no_proof(string kind, Verdict verdict)
    {
        _openssl.MakeKey("2048", more: "-subj /CN=x -set_serial 7");
        _openssl.MakeKey(kind, "b", "-subj /CN=x -set_serial 7");
        byte[] signature = _openssl.SignWith(Content);
        Assert.Equal(verdict, _openssl.VerifyWith(Content, signature, "b.pem").Verdict);
        Assert.Equal(Verdict.Good, _openssl.VerifyWith(Content, signature, "b.pem", "a.pem").Verdict);
        Assert.Equal(Verdict.Good, _openssl.VerifyWith(Content, signature, "a.pem", "b.pem").Verdict);
    }

    [Fact]
    public void A_certificate_is_good_in_its_time_only()
    {
        _openssl.MakeKey("P-256");
        byte[] signature = _openssl.SignWith(Content);
        IReadOnlyList<Certificate> certificates = _openssl.Certificates("a.pem");
        Certificate own = certificates[0];
        Assert.Equal(Verdict.NotYetValid, At(own.NotBefore.AddSeconds(-1)).Verdict);
        Assert.Equal(Verdict.Good, At(own.NotBefore).Verdict);
        Assert.Equal(Verdict.Good, At(own.NotAfter).Verdict);
        Assert.Equal(Verdict.Expired, At(own.NotAfter.AddSeconds(1)).Verdict);
        Assert.Equal(Verdict.Good, At(null).Verdict);
        string end = _openssl.Run("x509 -in a.pem -noout -enddate -dateopt iso_8601").Trim()["notAfter=".Length..].Replace(' ', 'T');
        Assert.Equal($"the certificate of its signer expired at {end}", At(own.NotAfter.AddDays(1)).Message);

        Verification At(DateTimeOffset? time) => new SignatureVerifier(certificates, time).Verify(Content, signature);
    }

    [Fact]
    public void No_signature_is_not_good() =>
        Assert.Equal(Verdict.NoSignature, _openssl.VerifyWith(Content, null, Made("P-256")).Verdict);

    [Fact]
    public void A_signer_whose_key_is_not_taken_says_so()
    {
        _openssl.MakeKey("1024");
        _openssl.Write("content", Content);
        Verification found = _openssl.VerifyWith(Content, _openssl.Sign(), "a.pem");
        Assert.Equal(Verdict.Unsupported, found.Verdict);
        Assert.Contains("it has an RSA key of 1024 bits", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_verdict_has_a_name_of_its_own() => Assert.Distinct(Enum.GetValues<Verdict>().Select(verdict => verdict.Name()));

    private string Made(string kind)
    {
        _openssl.MakeKey(kind);
        return "a.pem";
    }
}
