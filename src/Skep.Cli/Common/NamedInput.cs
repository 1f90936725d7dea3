using Skep.Linux.Files;

namespace Skep.Cli.Common;

/// <summary>Files that a command line names; - is standard input.</summary>
internal static class NamedInput
{
    /// <summary>Reads a file whole.</summary>
    public static string ReadText(string path, InputLimit limit)
    {
        using InputStream input = Open(path, limit);
        return InputFile.ReadText(input);
    }

    /// <summary>Reads the bytes of a file.</summary>
    public static byte[] ReadBytes(string path, InputLimit limit)
    {
        using InputStream input = Open(path, limit);
        return InputFile.ReadBytes(input);
    }

    /// <summary>Opens a file.</summary>
    public static InputStream Open(string path, InputLimit limit) =>
        path == "-" ? InputFile.OpenStandardInput(limit) : InputFile.Open(path, limit, "give a file, or - for standard input");
}
