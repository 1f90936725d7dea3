using System.Security.Cryptography;
using System.Text;
using Skep.Signing.Certificates;
using Skep.Signing.Keys;
using Skep.Signing.Pem;
using Skep.Signing.Sign;
using Skep.Signing.Verify;

namespace Skep.Fuzz.Tests;

/// <summary>Whatever a signature, a certificate or a key is, there is a verdict, or a reason why it is not read.</summary>
public sealed class SigningTests
{
    private const int Hours = 3600 * 10;

    private static readonly byte[][] PemWords =
    [
        .. ((string[])
            [
                "-----BEGIN ", "-----END ", "-----\n", "PRIVATE KEY", "EC ", "RSA ", "ENCRYPTED ", "CERTIFICATE",
                "Proc-Type: 4,ENCRYPTED\n",
            ]).Select(Encoding.ASCII.GetBytes),
    ];

    private readonly byte[] _key, _certificate;

    public SigningTests()
    {
        SelfSigned pair = SelfSigned.Make();
        (_key, _certificate) = (Encoding.ASCII.GetBytes(pair.Key), Encoding.ASCII.GetBytes(pair.Certificate));
    }

    [Fact]
    [TimeLimit(Hours)]
    public void Signature()
    {
        byte[] content = [1, 2, 3];
        Assert.True(SigningKey.TryRead(_key, out SigningKey? key, out _));
        using SigningKey used = key;
        Assert.True(Certificate.TryRead(_certificate, out IReadOnlyList<Certificate>? certificates, out _));
        Assert.True(ContentSigner.TryCreate(key, certificates, out ContentSigner? signer, out _));
        Assert.True(signer.TrySign(content, out byte[]? signature));
        var verifier = new SignatureVerifier(certificates, null);
        Fuzzing.Run("signature", [signature], [], bytes =>
        {
            Verification found = verifier.Verify(content, bytes);
            if (bytes.AsSpan().SequenceEqual(signature)) Assert.Equal(Verdict.Good, found.Verdict);
            if (found.Verdict != Verdict.Good) Assert.NotEmpty(found.Message!);
        });
    }

    [Fact]
    [TimeLimit(Hours)]
    public void Certificates() => Fuzzing.Run("certificates", [_certificate, [.. _certificate, .. _certificate]], PemWords, bytes =>
    {
        if (Certificate.TryRead(bytes, out IReadOnlyList<Certificate>? certificates, out string? fault)) Assert.All(certificates, Check);
        else Assert.NotEmpty(fault);
    });

    [Fact]
    [TimeLimit(Hours)]
    public void Der() => Fuzzing.Run("certificate", [PemReader.Read(_certificate)[0].Der!], [], bytes =>
    {
        if (Certificate.TryParse(bytes, out Certificate? certificate)) Check(certificate);
    });

    [Fact]
    [TimeLimit(Hours)]
    public void Key() => Fuzzing.Run("key", [_key], PemWords, ReadKey);

    // Of each form, what is in its block.
    [Fact]
    [TimeLimit(Hours)]
    public void Key_in_DER()
    {
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        byte[][] keys =
            [rsa.ExportPkcs8PrivateKey(), rsa.ExportRSAPrivateKey(), ecdsa.ExportPkcs8PrivateKey(), ecdsa.ExportECPrivateKey()];
        Fuzzing.Run("key-der", keys, [], bytes =>
        {
            foreach (string label in (string[])["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"])
                ReadKey(Encoding.ASCII.GetBytes(PemEncoding.WriteString(label, bytes)));
        });
    }

    private static void ReadKey(byte[] text)
    {
        if (SigningKey.TryRead(text, out SigningKey? key, out string? fault)) key.Dispose();
        else Assert.NotEmpty(fault);
    }

    private static void Check(Certificate certificate)
    {
        Assert.NotNull(certificate.Subject + certificate.Issuer + certificate.Serial);
        Assert.True(certificate.Key is null != certificate.KeyFault is null);
    }
}
