using Tomlyn.Syntax;

namespace Skep.Agent.Config;

/// <summary>The values of a configuration. Each is null when it is of another kind.</summary>
internal static class ConfigValue
{
    /// <summary>A string.</summary>
    public static string? Text(ValueSyntax value) => value is StringValueSyntax { Value: { } text } ? text : null;

    /// <summary>What <see cref="NamedFile"/> takes.</summary>
    public const string FileWanted = "an absolute path, or \"\" for none";

    /// <summary>An absolute path, or an empty text.</summary>
    /// <param name="value">The value.</param>
    /// <param name="path">The path; null for an empty text.</param>
    public static bool NamedFile(ValueSyntax value, out string? path)
    {
        string? text = Text(value);
        path = string.IsNullOrEmpty(text) ? null : text;
        return path is null ? text is not null : path[0] == '/' && !path.Contains('\0', StringComparison.Ordinal);
    }

    /// <summary>true or false.</summary>
    public static bool? Flag(ValueSyntax value) => value is BooleanValueSyntax flag ? flag.Value : null;

    /// <summary>A whole number.</summary>
    public static long? Integer(ValueSyntax value) => value is IntegerValueSyntax number ? number.Value : null;

    /// <summary>A number.</summary>
    public static double? Number(ValueSyntax value) => value is FloatValueSyntax number ? number.Value : Integer(value);

    /// <summary>An array of strings.</summary>
    public static IReadOnlyList<string>? Texts(ValueSyntax value)
    {
        if (value is not ArraySyntax array) return null;
        var texts = new List<string>();
        foreach (ArrayItemSyntax item in array.Items)
        {
            if (item.Value is null || Text(item.Value) is not { } text) return null;
            texts.Add(text);
        }

        return texts;
    }

    /// <summary>Bytes: a number, or text like <c>1G</c>.</summary>
    public static long? Size(ValueSyntax value)
    {
        if (Text(value) is not { Length: > 0 } text) return Integer(value);
        int shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        return uint.TryParse(shift == 0 ? text : text[..^1], out uint number) && number <= long.MaxValue >> shift
            ? (long)number << shift : null;
    }

    // Some thousand years: more than any key takes.
    private const uint MostHours = 10_000_000;

    /// <summary>A time: text like <c>10m</c>.</summary>
    public static TimeSpan? Time(ValueSyntax value)
    {
        if (Text(value) is not { Length: > 1 } text || !uint.TryParse(text[..^1], out uint number) || number > MostHours) return null;
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            _ => null,
        };
    }
}
