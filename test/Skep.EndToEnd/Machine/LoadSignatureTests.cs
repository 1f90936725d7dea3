using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>What skep sign makes of instructions, the kernel takes as their signature, and of no others.</summary>
[Trait("level", "machine")]
public sealed class LoadSignatureTests : IDisposable
{
    private const string Loaded = "loaded", Rejected = "Key was rejected by service", NoKey = "Required key not available",
        NotSupported = "Operation not supported", NotBuilt = "add_key: No such file or directory";

    private const string CurveP256 = "1.2.840.10045.3.1.7", CurveP384 = "1.3.132.0.34";

    // r0 = 0; exit, and r0 = 1; exit
    private static readonly byte[] Program = [0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] Other = [0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0];

    private readonly Scratch _files;

    public LoadSignatureTests()
    {
        Assert.SkipUnless(Requires.IsKernel(6, 18), "the machine cannot: signatures of programs are verified since Linux 6.18");
        _files = new Scratch();
        File.WriteAllBytes(_files.File("program"), Program);
        File.WriteAllBytes(_files.File("other"), Other);
    }

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("2048")]
    [InlineData(CurveP256)]
    [InlineData(CurveP384)]
    public void The_kernel_verifies_what_is_signed(string kind)
    {
        Make(kind, "signer");
        Make(CurveP256, "stranger");
        Tool.Run(SkepBinary.Path, "sign", _files.File("program"), "--key", _files.File("signer.key"), "--cert", _files.File("signer.pem"));
        string loaded = Load("program", "signer");
        Assert.SkipWhen(loaded == NotBuilt, "the machine cannot: its kernel knows no such keys");
        Assert.SkipWhen(loaded == NotSupported, "the machine cannot: its kernel verifies no signatures (CONFIG_SYSTEM_DATA_VERIFICATION)");
        Assert.Equal(Loaded, loaded);
        Assert.Equal(Rejected, Load("other", "signer"));
        Assert.Equal(NoKey, Load("program", "stranger"));
    }

    [Fact]
    public void Guard_lets_in_what_the_kernel_verified_by_a_keyring_that_is_named()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        Make("2048", "signer");
        Tool.Run(SkepBinary.Path, "sign", _files.File("program"), "--key", _files.File("signer.key"), "--cert", _files.File("signer.pem"));
        string before = Load("program", "signer");
        Assert.SkipUnless(before == Loaded, $"the machine cannot: it loads no signed program: {before}");
        guard.Apply("any", Signed(""));
        Assert.Equal(Loaded, Load("program", "signer"));
        Assert.False(GuardMachine.IsLoaded("load", "5"));
        Tool.Run(SkepBinary.Path, "guard", "remove");
        guard.Apply("kernel", Signed("keyring = [\"builtin\", \"secondary\"]"));
        Assert.Equal("Operation not permitted", Load("program", "signer"));
    }

    private static string Signed(string keyring) => $"""
        [policy]
        name = "signed"

        [[rule]]
        action = "allow"
        on = "prog_load"
        signed = true
        {keyring}

        [[rule]]
        action = "deny"
        on = "prog_load"
        """;

    private string Load(string program, string signer)
    {
        Outcome outcome = Tool.Try(Built.Signed, _files.File(program), _files.File("program.p7s"), _files.File($"{signer}.der"));
        return (outcome.Output + outcome.Error).Trim();
    }

    private void Make(string kind, string name)
    {
        AsymmetricAlgorithm key = kind == "2048" ? RSA.Create(2048) : ECDsa.Create(ECCurve.CreateFromValue(kind));
        using (key)
        {
            var subject = new X500DistinguishedName($"CN={name}");
            CertificateRequest request = key is RSA rsa
                ? new(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                : new(subject, (ECDsa)key, HashAlgorithmName.SHA256);
            DateTimeOffset now = DateTimeOffset.UtcNow;
            using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            _files.Write($"{name}.key", key.ExportPkcs8PrivateKeyPem());
            _files.Write($"{name}.pem", certificate.ExportCertificatePem());
            File.WriteAllBytes(_files.File($"{name}.der"), certificate.RawData);
        }
    }
}
