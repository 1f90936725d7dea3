using System.Text;
using System.Text.Json;
using Skep.Linux.Guests;

namespace Skep.Debug.Compat;

/// <summary>Writes what a kernel made of a program as JSON; the keys are documented in docs/compat.md.</summary>
public static class CompatJson
{
    /// <summary>Writes an object: of a program, or of a kernel that did not verify all.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="result">What it made of a program; null where it failed.</param>
    /// <param name="failure">Why it did not verify all.</param>
    public static void Write(Utf8JsonWriter json, KernelImage kernel, GuestResult? result, string? failure)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(kernel);
        json.WriteStartObject();
        json.WriteString("kernel", kernel.Path);
        json.WriteString("release", kernel.Release);
        if (result is not null)
        {
            CopyFields(json, Encoding.UTF8.GetBytes(result.Json));
        }
        else
        {
            json.WriteNull("accepted");
            json.WriteString("failure", failure);
        }

        json.WriteEndObject();
    }

    // The fields of an object that was written elsewhere.
    private static void CopyFields(Utf8JsonWriter json, byte[] written)
    {
        var reader = new Utf8JsonReader(written);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject when reader.CurrentDepth > 0: json.WriteStartObject(); break;
                case JsonTokenType.EndObject when reader.CurrentDepth > 0: json.WriteEndObject(); break;
                case JsonTokenType.StartArray: json.WriteStartArray(); break;
                case JsonTokenType.EndArray: json.WriteEndArray(); break;
                case JsonTokenType.PropertyName: json.WritePropertyName(reader.GetString()!); break;
                case JsonTokenType.String: json.WriteStringValue(reader.GetString()); break;
                case JsonTokenType.Number: json.WriteRawValue(reader.ValueSpan); break;
                case JsonTokenType.True or JsonTokenType.False: json.WriteBooleanValue(reader.GetBoolean()); break;
                case JsonTokenType.Null: json.WriteNullValue(); break;
            }
        }
    }
}
