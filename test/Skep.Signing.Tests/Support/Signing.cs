using Skep.Signing.Certificates;
using Skep.Signing.Keys;
using Skep.Signing.Sign;
using Skep.Signing.Verify;

namespace Skep.Signing.Tests.Support;

/// <summary>Signs and verifies with the files of an <see cref="OpenSsl"/>.</summary>
internal static class Signing
{
    public static readonly byte[] Content = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * 7))];

    public static SigningKey Key(this OpenSsl files, string name = "a.key")
    {
        Assert.True(SigningKey.TryRead(files.Bytes(name), out SigningKey? key, out string? fault), fault);
        return key;
    }

    public static IReadOnlyList<Certificate> Certificates(this OpenSsl files, params string[] names)
    {
        byte[] text = [.. names.SelectMany(files.Bytes)];
        Assert.True(Certificate.TryRead(text, out IReadOnlyList<Certificate>? certificates, out string? fault), fault);
        return certificates;
    }

    public static byte[] SignWith(this OpenSsl files, byte[] content, string name = "a")
    {
        using SigningKey key = files.Key($"{name}.key");
        Assert.True(ContentSigner.TryCreate(key, files.Certificates($"{name}.pem"), out ContentSigner? signer, out string? fault), fault);
        Assert.True(signer.TrySign(content, out byte[]? signature));
        return signature;
    }

    public static Verification VerifyWith(this OpenSsl files, byte[] content, byte[]? signature, params string[] certificates) =>
        new SignatureVerifier(files.Certificates(certificates), DateTimeOffset.UtcNow).Verify(content, signature);
}
