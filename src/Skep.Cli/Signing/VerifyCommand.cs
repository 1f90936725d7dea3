using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Output;
using Skep.Signing.Verify;

namespace Skep.Cli.Signing;

/// <summary><c>skep verify</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "The files.", Arity = ArgumentArity.OneOrMore };
        Option<string?> cert = SigningFiles.CertificateOption("The certificates that may have signed, in PEM; - for standard input.");
        var signature = new Option<string?>("--signature")
        {
            Description = "The signature, where it is not FILE.p7s.", HelpName = "FILE",
        };
        var anyTime = new Option<bool>("--any-time") { Description = "Accept certificates that are expired or not valid yet." };
        var verify = new SkepCommand(
            "verify",
            "Verifies detached signatures of files, and lists the programs of BPF objects; needs no root.",
            new(
                "docs/signing.md",
                new("skep verify guard.bpf.o --cert cert.pem", "with guard.bpf.o.p7s"),
                new("skep verify *.bpf.o --cert certs.pem -j", "with the sha256 of programs, as policies of guard compare it"),
                new("skep verify loader.insns --cert cert.pem --signature loader.sig --any-time", "also when the certificate is expired"))
            {
                Done = "all signatures are good",
                Failed = "a signature is not good, or failed",
            }) { files, cert, signature, anyTime };
        verify.Validators.Add(result =>
        {
            if (result.GetResult(cert) is null) result.AddError("give --cert FILE");
            if (result.GetResult(signature) is not null && result.GetResult(files)?.Tokens.Count > 1)
                result.AddError("--signature is the signature of one FILE (leave it out, or verify the files one by one)");
        });
        verify.Prints((parsed, form) =>
        {
            SigningFiles.RequireOpenSsl();
            var verifier = new SignatureVerifier(
                SigningFiles.ReadCertificates(parsed.GetValue(cert)!), parsed.GetValue(anyTime) ? null : DateTimeOffset.UtcNow);
            VerifiedFile[] verified = [.. parsed.GetValue(files)!.Select(file =>
                VerifiedFile.Read(verifier, file, parsed.GetValue(signature) ?? SigningFiles.SignatureOf(file)))];
            foreach (VerifiedFile file in verified.Where(file => file.IsUnreadable)) Message.Error(file.Message!, ExitCode.Failed);
            StandardOutput.WriteList(form, verified, VerifiedFileWriter.WriteJson, VerifiedFileWriter.WriteText);
            return verified.All(file => file.IsGood) ? ExitCode.Done : ExitCode.Failed;
        });
        return verify;
    }
}
