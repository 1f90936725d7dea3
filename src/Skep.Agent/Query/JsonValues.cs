using System.Text;
using System.Text.Json;

namespace Skep.Agent.Query;

/// <summary>The texts and numbers of an object of JSON, and of the objects in it: <c>prog.type</c>.</summary>
internal static class JsonValues
{
    /// <summary>Reads them.</summary>
    public static Dictionary<string, string> Of(ReadOnlySpan<byte> json)
    {
        var values = new Dictionary<string, string>();
        var reader = new Utf8JsonReader(json);
        string? key = null, within = null;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    key = reader.GetString();
                    break;
                case JsonTokenType.StartObject when reader.CurrentDepth == 1:
                    within = key;
                    break;
                case JsonTokenType.EndObject when reader.CurrentDepth == 1:
                    within = null;
                    break;
                case JsonTokenType.StartArray:
                    reader.Skip();
                    break;
                case JsonTokenType.String when key is not null && reader.CurrentDepth == (within is null ? 1 : 2):
                    values[within is null ? key : $"{within}.{key}"] = reader.GetString()!;
                    break;
                case JsonTokenType.Number when key is not null && reader.CurrentDepth == (within is null ? 1 : 2):
                    values[within is null ? key : $"{within}.{key}"] = Encoding.UTF8.GetString(reader.ValueSpan);
                    break;
            }
        }
        return values;
    }
}
