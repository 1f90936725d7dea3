using System;

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

/// <summary>A token. Of the many of a long file, few are ever made a string of their own.</summary>
internal readonly struct Token
{
    private readonly string _text;
    private readonly bool _isInSource;

    /// <param name="kind">What it is.</param>
    /// <param name="span">Where it is.</param>
    /// <param name="text">Its content.</param>
    internal Token(TokenKind kind, SourceSpan span, string text) => (Kind, Span, _text) = (kind, span, text);

    /// <summary>A token whose content is what is written at its place.</summary>
    internal Token(TokenKind kind, SourceSpan span, SourceText source) =>
        (Kind, Span, _text, _isInSource) = (kind, span, source.Text, true);

    internal TokenKind Kind { get; }

    internal SourceSpan Span { get; init; }

    /// <summary>The word, a string's content, or the characters themselves.</summary>
    internal ReadOnlySpan<char> Content => _isInSource ? _text.AsSpan(Span.Start, Span.Length) : _text;

    /// <summary>The same as a string.</summary>
    internal string Text => _isInSource ? Content.ToString() : _text;

    internal bool IsWord(string word) => Kind == TokenKind.Word && Content.SequenceEqual(word);
}

/// <summary>A comment of the source, kept for the formatter.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Text">From the number sign to the end of the line.</param>
/// <param name="IsTrailing">Whether something else precedes it on the line.</param>
internal readonly record struct SourceComment(int Line, string Text, bool IsTrailing);
