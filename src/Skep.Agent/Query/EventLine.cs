using System.Globalization;
using System.Text;
using Skep.Output;

namespace Skep.Agent.Query;

/// <summary>An event on a line, from its JSON.</summary>
internal sealed class EventLine
{
    private static readonly string[] Objects = ["prog", "map", "link", "btf"];

    private readonly Dictionary<string, string> _values;

    private EventLine(Dictionary<string, string> values) => _values = values;

    /// <summary>The line.</summary>
    public static string Of(ReadOnlySpan<byte> json) => new EventLine(JsonValues.Of(json)).ToString();

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
}
