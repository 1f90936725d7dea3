using System.Text;
using System.Text.Json;
using Skep.Linux.Guests;

namespace Skep.Debug.Compat;

/// <summary>An object of JSON: what a kernel made of a program, or why it did not verify all.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Result">What it made of a program; null where it failed.</param>
/// <param name="Failure">Why it did not verify all; null of a program.</param>
public sealed record CompatObject(KernelImage Kernel, GuestResult? Result, string? Failure);

/// <summary>Writes what a kernel made of a program as JSON; the keys are documented in docs/compat.md.</summary>
public static class CompatJson
{
    /// <summary>The objects of a kernel: of each program, and of why it did not verify all.</summary>
    public static IEnumerable<CompatObject> Of(KernelVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        foreach (GuestResult result in verdict.Results) yield return new CompatObject(verdict.Kernel, result, null);
        if (verdict.Failure is { } failure) yield return new CompatObject(verdict.Kernel, null, failure);
    }

    /// <summary>Writes one.</summary>
    public static void Write(Utf8JsonWriter json, CompatObject one)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(one);
        (KernelImage kernel, GuestResult? result, string? failure) = one;
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
