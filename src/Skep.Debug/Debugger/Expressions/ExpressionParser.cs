using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Skep.Debug.Debugger.Expressions;

/// <summary>
/// Reads expressions as C has them: numbers, <c>r0</c> to <c>r10</c> and <c>w0</c> to <c>w9</c> (also with <c>$</c>), <c>$step</c>, memory
/// as <c>*(u32 *)(r1 + 4)</c>, arithmetic, comparisons, <c>&amp;&amp;</c> and <c>||</c>.
/// </summary>
public sealed class ExpressionParser
{
    // Each operator may make the tree one deeper, whose value is found by recursion.
    private const int MostDepth = 64, LongestText = 4096;

    // By how tightly they bind, the loosest first.
    private static readonly string[][] s_levels =
    [
        ["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<=", ">=", "<", ">"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"],
    ];

    private readonly string _text;
    private readonly Func<string, Expression?>? _names;
    private int _at;
    private int _depth;

    private ExpressionParser(string text, Func<string, Expression?>? names) => (_text, _names) = (text, names);

    /// <summary>Reads an expression. False with a mistake.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Expression? expression, [NotNullWhen(false)] out string? mistake) =>
        TryParse(text, null, out expression, out mistake);

    /// <summary>Reads an expression over names in place of registers and memory. False with a mistake.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="names">
    /// Gives what a name stands for, and text in quotes, which it is given with its quotes; null for what it does not know. Null for an
    /// expression over registers and memory.
    /// </param>
    /// <param name="expression">The expression.</param>
    /// <param name="mistake">What is wrong.</param>
    public static bool TryParse(
        string text, Func<string, Expression?>? names, [NotNullWhen(true)] out Expression? expression,
        [NotNullWhen(false)] out string? mistake)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestText)
        {
            (expression, mistake) = (null, $"the expression is longer than {LongestText} characters");
            return false;
        }

        var parser = new ExpressionParser(text, names);
        (expression, mistake) = (null, null);
        try
        {
            expression = parser.Binary(0);
            parser.Skip();
            if (parser._at < text.Length) throw parser.Fault("an operator or the end");
            return true;
        }
        catch (ExpressionException e)
        {
            (expression, mistake) = (null, e.Message);
            return false;
        }
    }

    private Expression Binary(int level)
    {
        if (level == s_levels.Length) return Unary();
        Expression left = Binary(level + 1);
        while (Operator(level) is { } found) left = new BinaryExpression(found, left, Binary(level + 1));
        return left;
    }

    private string? Operator(int level)
    {
        Skip();
        foreach (string each in s_levels[level])
        {
            if (!Begins(each)) continue;

            // "&" is not the beginning of "&&", nor "<" of "<<".
            if (each.Length == 1 && _at + 1 < _text.Length && (each[0] is '&' or '|' && _text[_at + 1] == each[0])) continue;
            if (each is "<" or ">" && _at + 1 < _text.Length && _text[_at + 1] == each[0]) continue;
            _at += each.Length;
            return each;
        }

        return null;
    }

    private Expression Unary()
    {
        if (++_depth > MostDepth) throw new ExpressionException($"the expression is nested deeper than {MostDepth}");
        try
        {
            Skip();
            if (_at == _text.Length) throw Fault(_names is null ? "a number, a register or *" : "a number or a name");
            char first = _text[_at];
            if (first is '-' or '~' or '!')
            {
                _at++;
                return new UnaryExpression(first, Unary());
            }

            return first == '*' && _names is null ? Load() : Primary();
        }
        finally
        {
            _depth--;
        }
    }

    // "*(u32 *)(r1 + 4)", or "*r1" for 64 bits.
    private LoadExpression Load()
    {
        _at++;
        Skip();
        int start = _at;
        if (Begins("("))
        {
            _at++;
            Skip();
            string type = Word();
            (int size, bool isSigned)? known = type switch
            {
                "u8" or "__u8" => (1, false),
                "u16" or "__u16" => (2, false),
                "u32" or "__u32" => (4, false),
                "u64" or "__u64" => (8, false),
                "s8" or "__s8" => (1, true),
                "s16" or "__s16" => (2, true),
                "s32" or "__s32" => (4, true),
                "s64" or "__s64" => (8, true),
                _ => null,
            };
            Skip();
            if (known is { } form && Begins("*"))
            {
                _at++;
                Expect(")");
                return new LoadExpression(Unary(), form.size, form.isSigned);
            }

            _at = start;
        }

        return new LoadExpression(Unary(), sizeof(ulong), false);
    }

    private Expression Primary()
    {
        if (Begins("("))
        {
            _at++;
            Expression inner = Binary(0);
            Expect(")");
            return inner;
        }

        int start = _at;
        if (_names is not null)
        {
            if (Named() is { } named) return named;
        }
        else if (Begins("$"))
        {
            _at++;
        }

        string word = Word();
        if (_names is null && word == "step") return new StepExpression();
        if (_names is null && word.Length is 2 or 3 && word[0] is 'r' or 'w' && word.Length > 1
            && int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 10)
            return new RegisterExpression(number, word[0] == 'w');
        if (word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            : ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value)) return new NumberExpression(value);
        _at = start;
        throw Fault(_names is null ? "a number, a register (r0 to r10) or *" : "a number or a name");
    }

    // Null, with nothing read, for what is no name.
    private Expression? Named()
    {
        int start = _at;
        if (Begins("\""))
        {
            int end = _text.IndexOf('"', _at + 1);
            if (end < 0) throw Fault("text that ends with a quote");
            _at = end + 1;
        }
        else if (Word() is not { Length: > 0 } word || char.IsAsciiDigit(word[0]))
        {
            _at = start;
            return null;
        }

        if (_names!(_text[start.._at]) is { } known) return known;
        _at = start;
        return null;
    }

    private string Word()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_')) _at++;
        return _text[start.._at];
    }

    private void Expect(string text)
    {
        Skip();
        if (!Begins(text)) throw Fault(text);
        _at += text.Length;
    }

    private bool Begins(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    private void Skip()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
    }

    private ExpressionException Fault(string expected) => new(
        _at == _text.Length ? $"'{_text}' ends where {expected} is expected" : $"'{_text}': {expected} is expected at '{_text[_at..]}'");
}
