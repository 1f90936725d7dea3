using System.Diagnostics.CodeAnalysis;
using Skep.Bpf.Elf;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Linux.Files;
using Skep.Signing.Verify;

namespace Skep.Cli.Signing;

/// <summary>A file whose signature was verified.</summary>
/// <param name="Path">The file.</param>
/// <param name="SignaturePath">Its signature.</param>
/// <param name="Verdict">What the signature is worth, in a word.</param>
/// <param name="Message">Why it is not good; null when it is.</param>
internal sealed record VerifiedFile(string Path, string SignaturePath, string Verdict, string? Message)
{
    private const string Unreadable = "unreadable";

    /// <summary>What was found; null where a file cannot be read.</summary>
    public Verification? Found { get; private init; }

    /// <summary>SHA-256 of the file; null when it cannot be read.</summary>
    public string? Sha256 { get; private init; }

    /// <summary>The programs of a BPF object with a good signature; null of other files.</summary>
    public IReadOnlyList<ProgramCode>? Programs { get; private init; }

    [MemberNotNullWhen(true, nameof(Found))]
    public bool IsGood => Found?.Verdict == Skep.Signing.Verify.Verdict.Good;

    /// <summary>Whether the file or its signature cannot be read.</summary>
    public bool IsUnreadable => Verdict == Unreadable;

    /// <summary>Reads a file and its signature, and compares them.</summary>
    public static VerifiedFile Read(SignatureVerifier verifier, string path, string signaturePath)
    {
        string? digest = null;
        try
        {
            byte[] content = InputFile.ReadBytes(path, InputLimit.Signed);
            digest = Sha256Digest.Text(content);
            byte[]? signature = System.IO.Path.Exists(signaturePath) ? InputFile.ReadBytes(signaturePath, InputLimit.Signature) : null;
            Verification found = verifier.Verify(content, signature);
            string? message = signature is null ? $"there is no {signaturePath} (skep sign makes one)" : found.Message;
            return new VerifiedFile(path, signaturePath, found.Verdict.Name(), message)
            {
                Found = found,
                Sha256 = digest,
                Programs = found.Verdict == Skep.Signing.Verify.Verdict.Good ? ProgramsOf(content) : null,
            };
        }
        catch (IOException e)
        {
            return new VerifiedFile(path, signaturePath, Unreadable, e.Message) { Sha256 = digest };
        }
    }

    private static IReadOnlyList<ProgramCode>? ProgramsOf(byte[] content) =>
        ElfFile.IsElf(content) && CodeFileReader.TryReadObject(content, out IReadOnlyList<ProgramCode> programs, out _) ? programs : null;
}
