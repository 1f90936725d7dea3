using System.Text.Json;
using Skep.Inventory.Code;
using Skep.Output;
using Skep.Signing.Certificates;
using Skep.Signing.Keys;

namespace Skep.Cli.Signing;

/// <summary>Writes what <c>skep verify</c> found.</summary>
internal static class VerifiedFileWriter
{
    public static void WriteText(TextWriter text, VerifiedFile file)
    {
        if (file.IsUnreadable) return;
        string found = file is { IsGood: true, Found.Signer: { } signer }
            ? $"good, signed by {signer.Subject}, certificate {signer.Serial}"
            : $"{file.Verdict}: {file.Message}";
        text.WriteLine(SafeText.Printable($"{file.Path}: {found}"));
        foreach (ProgramCode code in file.Programs ?? [])
        {
            string digest = CodeDigest.Of(code, out string? reason) is { } hex ? $"sha256 {hex}" : $"no sha256: {reason}";
            text.WriteLine(SafeText.Printable($"  {code.Name} ({code.SectionName}): {code.Instructions.Length} insns, {digest}"));
        }
    }

    public static void WriteJson(Utf8JsonWriter json, VerifiedFile file)
    {
        json.WriteStartObject();
        json.WriteString("file", file.Path);
        json.WriteString("signature", file.SignaturePath);
        json.WriteString("verdict", file.Verdict);
        if (file.Message is { } message) json.WriteString("message", message);
        if (file.Found?.Signer is { } signer) WriteJson(json, signer);
        if (file.Found?.Hash is { } hash) json.WriteString("hash", hash.Name());
        if (file.Sha256 is { } digest) json.WriteString("sha256", digest);
        if (file.Programs is { } programs)
        {
            json.WriteStartArray("programs");
            foreach (ProgramCode code in programs) WriteJson(json, code);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteJson(Utf8JsonWriter json, Certificate signer)
    {
        json.WriteString("subject", signer.Subject);
        json.WriteString("issuer", signer.Issuer);
        json.WriteString("serial", signer.Serial);
        json.WriteString("not_before", signer.NotBefore.UtcDateTime);
        json.WriteString("not_after", signer.NotAfter.UtcDateTime);
    }

    private static void WriteJson(Utf8JsonWriter json, ProgramCode code)
    {
        json.WriteStartObject();
        json.WriteString("name", code.Name);
        json.WriteString("section", code.SectionName);
        json.WriteNumber("insn_cnt", code.Instructions.Length);
        json.WriteString("sha256", CodeDigest.Of(code, out string? reason));
        if (reason is not null) json.WriteString("reason", reason);
        json.WriteEndObject();
    }
}
