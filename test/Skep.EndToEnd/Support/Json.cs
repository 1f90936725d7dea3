using System.Globalization;
using System.Text.Json;

namespace Skep.EndToEnd.Support;

/// <summary>Short ways into JSON.</summary>
internal static class Json
{
    public static JsonElement Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    /// <summary>A value below an object, by a path such as <c>prog.name</c>; null when it is not there.</summary>
    public static JsonElement? At(this JsonElement e, string path)
    {
        foreach (string key in path.Split('.'))
        {
            if (e.ValueKind != JsonValueKind.Object || !e.TryGetProperty(key, out JsonElement below)) return null;
            e = below;
        }

        return e;
    }

    public static string? Text(this JsonElement e, string path) => e.At(path)?.GetString();

    /// <summary>A number, also one that is written as a string to be exact.</summary>
    public static long? Number(this JsonElement e, string path) => e.At(path) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => long.Parse(text.GetString()!, CultureInfo.InvariantCulture),
        { } number => number.GetInt64(),
    };

    public static bool Has(this JsonElement e, string path) => e.At(path) is not null;

    /// <summary>The instructions of an event as bytes.</summary>
    public static byte[] Insns(this JsonElement e, string path = "prog.insns") =>
        Convert.FromHexString(string.Concat(e.At(path)!.Value.EnumerateArray().Select(i => i.GetString())));

    public static byte[] Bytes(this JsonElement e, string path) => Convert.FromHexString(e.Text(path)!);
}
