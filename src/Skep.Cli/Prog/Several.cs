using System.Text.Json;

namespace Skep.Cli.Prog;

/// <summary>
/// Results of one program or of another number: in JSON an object, or an array of them; in text with an empty line between them.
/// </summary>
internal static class Several
{
    public static void WriteJson<T>(Utf8JsonWriter json, IReadOnlyList<T> results, Action<Utf8JsonWriter, T> write)
    {
        if (results.Count != 1) json.WriteStartArray();
        foreach (T result in results) write(json, result);
        if (results.Count != 1) json.WriteEndArray();
    }

    public static void WriteText<T>(TextWriter output, IReadOnlyList<T> results, Action<TextWriter, T> write)
    {
        for (int i = 0; i < results.Count; i++)
        {
            if (i > 0) output.WriteLine();
            write(output, results[i]);
        }
    }
}
