using System.Text.Json;

namespace Skep.Output;

/// <summary>Arrays of objects.</summary>
public static class JsonArrays
{
    /// <summary>Writes a property that is an array with one object per item.</summary>
    /// <param name="write">Writes the properties of one.</param>
    public static void WriteObjects<T>(this Utf8JsonWriter json, string key, IEnumerable<T> items, Action<T> write)
    {
        json.WritePropertyName(key);
        json.WriteObjects(items, write);
    }

    /// <summary>Writes an array with one object per item.</summary>
    /// <param name="write">Writes the properties of one.</param>
    public static void WriteObjects<T>(this Utf8JsonWriter json, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray();
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
