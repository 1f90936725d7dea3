using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Skep.Debug.Debugger;

/// <summary>
/// At which of the times that a breakpoint is reached it stops: <c>5</c> and <c>== 5</c> the fifth, <c>&gt;= 5</c> that and those after it,
/// <c>% 5</c> each fifth.
/// </summary>
public sealed class HitCondition
{
    private static readonly (string Operator, Func<long, long, bool> Holds)[] s_operators =
    [
        ("==", (count, number) => count == number), (">=", (count, number) => count >= number),
        ("<=", (count, number) => count <= number), (">", (count, number) => count > number),
        ("<", (count, number) => count < number), ("%", (count, number) => count % number == 0),
        ("", (count, number) => count == number),
    ];

    private readonly Func<long, long, bool> _holds;
    private readonly long _number;

    private HitCondition(Func<long, long, bool> holds, long number) => (_holds, _number) = (holds, number);

    /// <summary>Reads one.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out HitCondition? condition, [NotNullWhen(false)] out string? mistake)
    {
        ArgumentNullException.ThrowIfNull(text);
        (condition, mistake) = (null, null);
        string trimmed = text.Trim();
        (string word, Func<long, long, bool> holds) = s_operators.First(one => trimmed.StartsWith(one.Operator, StringComparison.Ordinal));
        ReadOnlySpan<char> digits = trimmed.AsSpan(word.Length).Trim();
        if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0)
        {
            condition = new HitCondition(holds, number);
            return true;
        }

        mistake = $"'{text}' is no count of hits (give a number from 1, or one behind ==, >=, <=, >, < or %)";
        return false;
    }

    /// <summary>Whether it stops at a time: the first one is 1.</summary>
    public bool Holds(long count) => _holds(count, _number);
}
