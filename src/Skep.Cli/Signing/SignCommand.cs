using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Linux.Files;
using Skep.Signing.Certificates;
using Skep.Signing.Keys;
using Skep.Signing.Sign;

namespace Skep.Cli.Signing;

/// <summary><c>skep sign</c>.</summary>
internal static class SignCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "The files.", Arity = ArgumentArity.OneOrMore };
        var key = new Option<string?>("--key")
        {
            Description = "The private key: RSA or ECDSA, in PEM, without a passphrase; - for standard input.", HelpName = "FILE",
        };
        Option<string?> cert = SigningFiles.CertificateOption("The certificate of the key, in PEM; - for standard input.");
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write the signature to this file instead of FILE.p7s.", HelpName = "FILE",
        };
        var sign = new SkepCommand(
            "sign",
            "Writes detached signatures of files, as bpf(2) and openssl cms verify them; needs no root.",
            new(
                "docs/signing.md",
                new("skep sign guard.bpf.o --key key.pem --cert cert.pem", "writes guard.bpf.o.p7s"),
                new("skep sign loader.insns --key key.pem --cert cert.pem -o loader.sig", "of instructions, for attr.signature of bpf(2)"))
            {
                Done = "all files are signed",
            }) { files, key, cert, output };
        sign.Validators.Add(result =>
        {
            if (result.GetResult(key) is null) result.AddError("give --key FILE");
            if (result.GetResult(cert) is null) result.AddError("give --cert FILE");
            if (result.GetResult(output) is not null && result.GetResult(files)?.Tokens.Count > 1)
                result.AddError("--output takes the signature of one FILE (leave it out, or sign the files one by one)");
        });
        sign.SetAction(parsed =>
        {
            SigningFiles.RequireOpenSsl();
            using SigningKey opened = SigningFiles.ReadKey(parsed.GetValue(key)!);
            IReadOnlyList<Certificate> certificates = SigningFiles.ReadCertificates(parsed.GetValue(cert)!);
            if (!ContentSigner.TryCreate(opened, certificates, out ContentSigner? signer, out string? fault))
                return Message.Error($"signing with {parsed.GetValue(key)} and {parsed.GetValue(cert)}: {fault}", ExitCode.Failed);
            Warn(signer.Certificate);
            foreach (string file in parsed.GetValue(files)!)
                if (!TrySign(signer, file, parsed.GetValue(output) ?? SigningFiles.SignatureOf(file))) return ExitCode.Failed;
            return ExitCode.Done;
        });
        return sign;
    }

    private static bool TrySign(ContentSigner signer, string file, string output)
    {
        if (!signer.TrySign(InputFile.ReadBytes(file, InputLimit.Signed), out byte[]? signature))
        {
            Message.Error($"signing {file}: the key is damaged: what it makes is no signature of its own certificate", ExitCode.Failed);
            return false;
        }

        using OutputReplacement written = OutputFile.Begin(output);
        written.Stream.Write(signature);
        written.Commit();
        return true;
    }

    private static void Warn(Certificate certificate)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (now < certificate.NotBefore || now > certificate.NotAfter)
            Message.Print($"certificate {certificate.Serial} is {(now < certificate.NotBefore ? "not valid yet" : "expired")}: "
                + "skep verify refuses what it signs, unless --any-time is given");
    }
}
