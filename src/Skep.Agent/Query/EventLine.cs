using System.Globalization;
using System.Text;
using System.Text.Json;
using Skep.Output;

namespace Skep.Agent.Query;

/// <summary>An event on a line, from its JSON.</summary>
internal sealed class EventLine
{
    private static readonly string[] Objects = ["prog", "map", "link", "btf"];

    private readonly Dictionary<string, string> _values = [];

    /// <summary>The line.</summary>
    public static string Of(ReadOnlySpan<byte> json)
    {
        var line = new EventLine();
        line.Read(json);
        return line.ToString();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder(Value("time")).Append(' ').Append(SafeText.Escape(Value("cmd")));
        foreach (string kind in Objects)
        {
            if (!_values.ContainsKey(kind + ".type") && !_values.ContainsKey(kind + ".id")) continue;
            Append(text, " ", kind + ".type");
            Append(text, " ", kind + ".name");
            Append(text, $" {kind} id ", kind + ".id");
            Append(text, " sha256 ", kind + ".sha256", 12);
        }

        Append(text, " count ", "count");
        text.Append(CultureInfo.InvariantCulture, $"  {SafeText.Escape(Value("comm"))}[{Value("pid")}]");
        Append(text, " uid ", "uid");
        Append(text, " unit ", "unit");
        Append(text, " container ", "container");
        Append(text, "  = ", "error");
        return text.ToString();
    }

    private string Value(string key) => _values.GetValueOrDefault(key, "");

    private void Append(StringBuilder text, string before, string key, int most = int.MaxValue)
    {
        if (!_values.TryGetValue(key, out string? value) || value.Length == 0) return;
        text.Append(before).Append(SafeText.Escape(value.Length > most ? value[..most] : value));
    }

    private void Read(ReadOnlySpan<byte> json)
    {
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
                    _values[within is null ? key : $"{within}.{key}"] = reader.GetString()!;
                    break;
                case JsonTokenType.Number when key is not null && reader.CurrentDepth == (within is null ? 1 : 2):
                    _values[within is null ? key : $"{within}.{key}"] = Encoding.UTF8.GetString(reader.ValueSpan);
                    break;
            }
        }
    }
}
