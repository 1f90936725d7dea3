using System.Text.Json;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Common;

/// <summary>Data on standard output.</summary>
internal static class StandardOutput
{
    /// <summary>Whether standard output is a terminal that may be coloured (https://no-color.org).</summary>
    public static bool HasColour =>
        Terminal.IsOutput && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Writes data in the form that was asked for.</summary>
    /// <returns>False when nobody reads any more.</returns>
    public static bool Write(OutputForm form, Action<Utf8JsonWriter> json, Action<TextWriter> text) =>
        form == OutputForm.Text ? WriteText(text) : WriteJson(form, json);

    /// <summary>Writes a list: each entry as text, or all as an array.</summary>
    /// <returns>False when nobody reads any more.</returns>
    public static bool WriteList<T>(
        OutputForm form, IReadOnlyList<T> entries, Action<Utf8JsonWriter, T> json, Action<TextWriter, T> text) =>
        Write(
            form,
            writer =>
            {
                writer.WriteStartArray();
                foreach (T entry in entries) json(writer, entry);
                writer.WriteEndArray();
            },
            writer =>
            {
                foreach (T entry in entries) text(writer, entry);
            });

    /// <summary>
    /// Writes results as they come: each as text, or as an object on a line of its own; over several lines they are an array.
    /// </summary>
    /// <returns>False when nobody reads any more.</returns>
    public static bool WriteEach<T>(
        OutputForm form, IEnumerable<T> results, Action<Utf8JsonWriter, T> json, Action<TextWriter, T> text) => form switch
        {
            OutputForm.Text => WriteText(writer =>
            {
                foreach (T result in results)
                {
                    text(writer, result);
                    writer.Flush();
                }
            }),
            OutputForm.Json => Write(stream =>
            {
                foreach (T result in results) StreamOutput.WriteJson(stream, form, writer => json(writer, result));
            }),
            _ => WriteList(form, [.. results], json, text),
        };

    public static bool WriteText(Action<TextWriter> write) => Write(stream =>
    {
        using StreamWriter output = StreamOutput.Text(stream);
        write(output);
    });

    public static bool WriteJson(OutputForm form, Action<Utf8JsonWriter> write) =>
        Write(stream => StreamOutput.WriteJson(stream, form, write));

    /// <summary>
    /// Writes to standard output, not by the console's stream, which sets up the terminal first. That nobody reads any more
    /// (<c>skep prog list | head</c>) is not an error.
    /// </summary>
    /// <returns>False when nobody reads any more.</returns>
    public static bool Write(Action<Stream> write)
    {
        try
        {
            using Stream output = Open();
            write(output);
            return true;
        }
        catch (IOException e) when (OutputEnd.IsQuiet(e))
        {
            OutputEnd.Report(e);
            return false;
        }
    }

    /// <summary>
    /// Opens it, for a command that goes on until it is stopped: its end is what the live view makes of it.
    /// </summary>
    public static Stream Open() => DescriptorStream.StandardOutput();
}
