using System.Text;
using System.Text.Json;
using Skep.Output;

namespace Skep.Agent.Host;

/// <summary>What an agent says of itself, as it is printed.</summary>
public static class StatusText
{
    /// <summary>As JSON: as the agent wrote it.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="status">The file.</param>
    public static void WriteJson(Utf8JsonWriter json, ReadOnlySpan<byte> status)
    {
        ArgumentNullException.ThrowIfNull(json);
        var reader = new Utf8JsonReader(status);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject: json.WriteStartObject(); break;
                case JsonTokenType.EndObject: json.WriteEndObject(); break;
                case JsonTokenType.PropertyName: json.WritePropertyName(reader.GetString()!); break;
                case JsonTokenType.Number: json.WriteRawValue(reader.ValueSpan, skipInputValidation: true); break;
                case JsonTokenType.True or JsonTokenType.False: json.WriteBooleanValue(reader.GetBoolean()); break;
                default: json.WriteStringValue(reader.GetString()); break;
            }
        }
    }

    /// <summary>As text: a line a fact.</summary>
    /// <param name="status">The file.</param>
    public static string Of(ReadOnlySpan<byte> status)
    {
        var text = new StringBuilder();
        var reader = new Utf8JsonReader(status);
        var path = new Stack<string>();
        string key = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    key = reader.GetString()!;
                    break;
                case JsonTokenType.StartObject when reader.CurrentDepth > 0:
                    path.Push(key);
                    break;
                case JsonTokenType.EndObject when path.Count > 0:
                    path.Pop();
                    break;
                case JsonTokenType.True or JsonTokenType.False or JsonTokenType.Number or JsonTokenType.String:
                    string value = reader.TokenType == JsonTokenType.String
                        ? SafeText.Escape(reader.GetString()!) : Encoding.UTF8.GetString(reader.ValueSpan);
                    text.Append(string.Join(' ', path.Reverse().Append(key)).Replace('_', ' ')).Append(": ").Append(value).Append('\n');
                    break;
            }
        }

        return text.ToString();
    }
}
