using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Skep.Cli.Options;

/// <summary>Options whose values have units.</summary>
internal static class Quantities
{
    /// <summary>A time such as <c>10s</c>, <c>500ms</c>, <c>2m</c>, <c>1h</c>; a bare number is seconds.</summary>
    public static Option<TimeSpan?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result => Parse<TimeSpan>(result, TryTime, OptionValues.Time),
    };

    /// <summary>A size such as <c>64M</c> or <c>512K</c>; a bare number is bytes.</summary>
    public static Option<uint?> Size(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result => Parse<uint>(result, TrySize, OptionValues.Size),
    };

    private delegate bool Reader<T>(string text, out T value);

    private static T? Parse<T>(ArgumentResult result, Reader<T> read, string expected) where T : struct
    {
        string? text = result.Tokens.Count > 0 ? result.Tokens[0].Value : null;
        if (text is not null && read(text, out T value)) return value;
        result.AddError($"{OptionValues.NameOf(result)} takes {expected}, {(text is null ? "and none is given" : $"not '{text}'")}");
        return null;
    }

    internal static bool TryTime(string text, out TimeSpan value)
    {
        (string number, double seconds) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 0.001),
            _ when text.EndsWith('s') => (text[..^1], 1.0),
            _ when text.EndsWith('m') => (text[..^1], 60.0),
            _ when text.EndsWith('h') => (text[..^1], 3600.0),
            _ => (text, 1.0),
        };
        value = default;
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double n)) return false;
        if (n * seconds is not (> 0 and <= 1e9)) return false;
        value = TimeSpan.FromSeconds(n * seconds);
        return true;
    }

    internal static bool TrySize(string text, out uint value)
    {
        value = 0;
        (string number, int shift) = text.Length == 0 ? (text, 0) : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => (text[..^1], 10),
            'M' => (text[..^1], 20),
            'G' => (text[..^1], 30),
            _ => (text, 0),
        };
        if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ulong n)) return false;
        if (n == 0 || n > uint.MaxValue >> shift) return false;
        value = (uint)(n << shift);
        return true;
    }
}
