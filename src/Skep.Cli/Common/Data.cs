using System.Text;
using System.Text.Json;
using Skep.Linux.Streams;

namespace Skep.Cli.Common;

/// <summary>Data on standard output.</summary>
internal static class Data
{
    public const int BufferBytes = 1 << 16;

    /// <summary>Writes a line of text.</summary>
    public static void WriteLine(string text) => WriteText(output => output.WriteLine(text));

    public static void WriteText(Action<TextWriter> write) => Write(stream =>
    {
        using var output = new StreamWriter(stream, new UTF8Encoding(false), BufferBytes);
        write(output);
    });

    public static void WriteJson(bool pretty, Action<Utf8JsonWriter> write) => Write(stream =>
    {
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = pretty, SkipValidation = true }))
        {
            try
            {
                write(json);
            }
            catch
            {
                // Of what failed before any of it was handed on, nothing is better than a part.
                if (json.BytesCommitted == 0) json.Reset();
                throw;
            }
        }

        stream.Write("\n"u8);
    });

    /// <summary>Writes to standard output, not by the console's stream, which sets up the terminal first. Whoever reads no more (skep prog list | head) wants no error.</summary>
    /// <returns>False when nobody reads any more.</returns>
    public static bool Write(Action<Stream> write)
    {
        try
        {
            using DescriptorStream output = DescriptorStream.StandardOutput();
            write(output);
            return true;
        }
        catch (IOException e) when (OutputEnd.IsQuiet(e))
        {
            OutputEnd.Report(e);
            return false;
        }
    }
}
