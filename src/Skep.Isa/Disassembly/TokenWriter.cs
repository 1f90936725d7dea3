using System.Globalization;

namespace Skep.Isa;

/// <summary>Tokens from the parts of instructions. Nothing is allocated but for names with control characters.</summary>
internal readonly ref struct TokenWriter(ITokenOutput output)
{
    private static readonly string[] _wide = [.. Enumerable.Range(0, 16).Select(i => "r" + i)];
    private static readonly string[] _narrow = [.. Enumerable.Range(0, 16).Select(i => "w" + i)];

    public void Space() => output.Write(TokenKind.Space, " ");

    public void EndLine() => output.Write(TokenKind.Space, "\n");

    public void Keyword(string text) => output.Write(TokenKind.Keyword, text);

    public void Size(string text) => output.Write(TokenKind.Size, text);

    public void Punctuation(string text) => output.Write(TokenKind.Punctuation, text);

    public void Number(string text) => output.Write(TokenKind.Number, text);

    public void Invalid(string text) => output.Write(TokenKind.Invalid, text);

    public void Comment(string text)
    {
        Space();
        output.Write(TokenKind.Comment, "; ");
        output.Write(TokenKind.Comment, text);
    }

    public void Register(int number, bool narrow = false) => output.Write(TokenKind.Register, (narrow ? _narrow : _wide)[number]);

    public void Operator(string text)
    {
        Space();
        output.Write(TokenKind.Operator, text);
        Space();
    }

    public void OperatorAlone(string text) => output.Write(TokenKind.Operator, text);

    public void SlotNumber(int slot)
    {
        Span<char> text = stackalloc char[16];
        slot.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        for (var i = length; i < 4; i++)
            Space();
        text[length] = ':';
        output.Write(TokenKind.Opcode, text[..(length + 1)]);
        Space();
    }

    /// <summary>C's <c>(%03d) </c></summary>
    public void ClassicNumber(int index)
    {
        Span<char> text = stackalloc char[16];
        text[0] = '(';
        index.TryFormat(text[1..], out var length, "d3", CultureInfo.InvariantCulture);
        text[length + 1] = ')';
        output.Write(TokenKind.Opcode, text[..(length + 2)]);
        Space();
    }

    public void Spaces(int count)
    {
        const string Blank = "                    ";
        if (count > 0)
            output.Write(TokenKind.Space, Blank.AsSpan(0, count));
    }

    public void Opcode(byte code)
    {
        Span<char> text = ['(', Digit(code >> 4), Digit(code & 15), ')'];
        output.Write(TokenKind.Opcode, text);
        Space();
    }

    /// <summary>C's <c>%02x</c> after a prefix, all of it invalid.</summary>
    public void InvalidOpcode(string prefix, byte code)
    {
        Span<char> text = stackalloc char[16];
        prefix.CopyTo(text);
        text[prefix.Length] = Digit(code >> 4);
        text[prefix.Length + 1] = Digit(code & 15);
        output.Write(TokenKind.Invalid, text[..(prefix.Length + 2)]);
    }

    /// <summary>C's <c>%d</c></summary>
    public void Decimal(long value, TokenKind kind = TokenKind.Number)
    {
        Span<char> text = stackalloc char[24];
        value.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        output.Write(kind, text[..length]);
    }

    /// <summary>C's <c>%+d</c></summary>
    public void Signed(int value, TokenKind kind = TokenKind.Number, string prefix = "")
    {
        Span<char> text = stackalloc char[24];
        prefix.CopyTo(text);
        var at = prefix.Length;
        if (value >= 0)
            text[at++] = '+';
        value.TryFormat(text[at..], out var length, default, CultureInfo.InvariantCulture);
        output.Write(kind, text[..(at + length)]);
    }

    /// <summary>C's <c>0x%llx</c></summary>
    public void Hex(ulong value, string prefix = "0x")
    {
        Span<char> text = stackalloc char[24];
        prefix.CopyTo(text);
        value.TryFormat(text[prefix.Length..], out var length, "x", CultureInfo.InvariantCulture);
        output.Write(TokenKind.Number, text[..(prefix.Length + length)]);
    }

    /// <summary>A name from outside, made safe for a terminal.</summary>
    public void Name(string name, TokenKind kind)
    {
        foreach (var c in name)
        {
            if (!char.IsControl(c) && !IsBidiControl(c))
                continue;
            output.Write(kind, Escape(name));
            return;
        }

        output.Write(kind, name);
    }

    private static string Escape(string name) =>
        string.Concat(name.Select(c => char.IsControl(c) || IsBidiControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));

    // Unicode's bidirectional controls reorder what a terminal shows.
    private static bool IsBidiControl(char c) =>
        c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u200e' or '\u200f' or '\u061c';

    private static char Digit(int value) => (char)(value < 10 ? '0' + value : 'a' + value - 10);
}
