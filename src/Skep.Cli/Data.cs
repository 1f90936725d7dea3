using System.Text;
using System.Text.Json;

namespace Skep.Cli;

/// <summary>Data on standard output.</summary>
internal static class Data
{
    public const int BufferBytes = 1 << 16;

    public static void WriteText(Action<TextWriter> write)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), BufferBytes);
        write(output);
    }

    public static void WriteJson(bool pretty, Action<Utf8JsonWriter> write)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = pretty, SkipValidation = true })) write(json);
        output.Write("\n"u8);
    }
}
