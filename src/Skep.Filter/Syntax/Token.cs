namespace Skep.Filter.Syntax;

internal enum TokenKind
{
    Word,
    String,
    OpenBrace,
    CloseBrace,
    OpenParen,
    CloseParen,
    Comma,
    At,
    Dot,
    Dash,
    Slash,
    Bar,
    Ampersand,
    Equals,
    EqualsEquals,
    NotEquals,
    Not,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    /// <summary>A newline or a semicolon.</summary>
    Separator,
    Unknown,
    End,
}

/// <param name="Kind">What it is.</param>
/// <param name="Span">Where it is.</param>
/// <param name="Text">The word, a string's content, or the characters themselves.</param>
internal readonly record struct Token(TokenKind Kind, SourceSpan Span, string Text)
{
    internal bool IsWord(string word) => Kind == TokenKind.Word && Text == word;
}

/// <summary>A comment of the source, kept for the formatter.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Text">From the number sign to the end of the line.</param>
/// <param name="IsTrailing">Whether something else precedes it on the line.</param>
internal readonly record struct SourceComment(int Line, string Text, bool IsTrailing);
