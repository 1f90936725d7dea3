using System.CommandLine;
using Skep.Cli.Common;
using Skep.Linux.Files;
using Skep.Linux.Interop;
using Skep.Signing.Certificates;
using Skep.Signing.Keys;

namespace Skep.Cli.Signing;

/// <summary>The files of <c>skep sign</c> and <c>skep verify</c>, but for those that are signed.</summary>
internal static class SigningFiles
{
    private const string Extension = ".p7s";

    /// <summary>The signature of a file, where none is named.</summary>
    public static string SignatureOf(string file) => file + Extension;

    public static Option<string?> CertificateOption(string description) =>
        new("--cert") { Description = description, HelpName = "FILE" };

    /// <summary>Refuses a machine where nothing can be signed or verified.</summary>
    /// <exception cref="IOException">It is one.</exception>
    public static void RequireOpenSsl()
    {
        if (!OpenSsl.IsInstalled()) throw new IOException($"opening OpenSSL: there is no libssl on this machine ({OpenSsl.Remedy})");
    }

    /// <summary>Reads certificates.</summary>
    /// <exception cref="InvalidDataException">They are none.</exception>
    public static IReadOnlyList<Certificate> ReadCertificates(string path)
    {
        byte[] text = Read(path, InputLimit.Certificates);
        return Certificate.TryRead(text, out IReadOnlyList<Certificate>? certificates, out string? fault)
            ? certificates
            : throw new InvalidDataException($"reading {path}: {fault}");
    }

    /// <summary>Reads a private key.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static SigningKey ReadKey(string path)
    {
        byte[] text = Read(path, InputLimit.Key);
        try
        {
            return SigningKey.TryRead(text, out SigningKey? key, out string? fault)
                ? key
                : throw new InvalidDataException($"reading {path}: {fault}");
        }
        finally
        {
            Array.Clear(text);
        }
    }

    private static byte[] Read(string path, InputLimit limit)
    {
        using InputStream input = NamedInput.Open(path, limit);
        return InputFile.ReadBytes(input);
    }
}
