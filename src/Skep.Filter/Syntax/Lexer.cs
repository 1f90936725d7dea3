using System;
using System.Buffers;
using System.Text;

namespace Skep.Filter.Syntax;

/// <summary>
/// Cuts a source text into tokens, one after the other. Whatever it can't read is a token of its own kind, and an error for
/// <see cref="Scan"/>.
/// </summary>
internal sealed class Lexer
{
    private const string Quote = "\"";

    private static readonly SearchValues<char> WordCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.:/-*+");

    /// <summary>What is neither an error nor begins something that hides other characters.</summary>
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.:/-*+ \t\r\n;{}(),@|&=!<>");

    /// <summary>What may end an item, and what hides such characters.</summary>
    private static readonly SearchValues<char> Ends = SearchValues.Create("\n;{}#\"\\");

    private readonly SourceText _source;
    private readonly string _text;
    private readonly DiagnosticBag? _diagnostics;
    private readonly bool _hasEscapes;
    private readonly List<SourceComment>? _comments;
    private bool _isLineStart = true;

    /// <param name="source">The text.</param>
    /// <param name="diagnostics">Where errors go; null when they are known.</param>
    /// <param name="comments">Where comments go; null for nowhere.</param>
    /// <param name="hasEscapes">Whether a backslash in a string takes the next character; nft has no such thing.</param>
    private Lexer(SourceText source, DiagnosticBag? diagnostics, List<SourceComment>? comments, bool hasEscapes)
    {
        (_source, _text, _diagnostics, _comments, _hasEscapes) = (source, source.Text, diagnostics, comments, hasEscapes);
        if (_text.StartsWith('\uFEFF')) Position = 1;
    }

    /// <summary>A lexer of a text whose errors are known.</summary>
    internal Lexer(SourceText source) : this(source, null, null, hasEscapes: true)
    {
    }

    /// <summary>Where the next token is looked for.</summary>
    internal int Position { get; set; }

    /// <summary>Reads a whole text for its errors and its comments.</summary>
    internal static List<SourceComment> Scan(SourceText source, DiagnosticBag diagnostics)
    {
        var comments = new List<SourceComment>();
        var lexer = new Lexer(source, diagnostics, comments, hasEscapes: true);
        do lexer.SkipPlain();
        while (lexer.Move(out _) != TokenKind.End);
        return comments;
    }

    /// <summary>Reads all tokens of a text, up to its end.</summary>
    /// <param name="source">The text.</param>
    /// <param name="hasEscapes">Whether a backslash in a string takes the next character; nft has no such thing.</param>
    internal static List<Token> ReadAll(SourceText source, bool hasEscapes = true)
    {
        var (lexer, texts) = (new Lexer(source, null, null, hasEscapes), new SharedTexts());
        var tokens = new List<Token>();
        while (tokens is not [.., { Kind: TokenKind.End }])
        {
            var token = lexer.Next();
            tokens.Add(new(token.Kind, token.Span, texts.Of(token.Content)));
        }
        return tokens;
    }

    internal static bool IsWordCharacter(char c) => WordCharacters.Contains(c);

    /// <summary>Reads the next token; at the end of the text, again and again its end.</summary>
    internal Token Next()
    {
        var kind = Move(out var span);
        return Read(kind, span);
    }

    /// <summary>The token of a kind that is at a place.</summary>
    internal Token Read(TokenKind kind, SourceSpan span) =>
        kind == TokenKind.String ? new(kind, span, ContentOf(span)) : new(kind, span, _source);

    /// <summary>Goes to what may end an item, and reads it without its text.</summary>
    internal TokenKind MoveToEnd(out SourceSpan span)
    {
        var end = _text.AsSpan(Position).IndexOfAny(Ends);
        Position = end < 0 ? _text.Length : Position + end;
        return Move(out span);
    }

    /// <summary>Goes behind the next token without reading its text.</summary>
    internal TokenKind Move(out SourceSpan span)
    {
        while (Position < _text.Length)
        {
            var c = _text[Position];
            switch (c)
            {
                case ' ' or '\t' or '\r':
                    Position++;
                    break;
                case '\n' or ';':
                    _isLineStart = c == '\n';
                    return Take(TokenKind.Separator, 1, out span);
                case '#':
                    ReadComment();
                    break;
                case '"':
                    _isLineStart = false;
                    return Take(TokenKind.String, LengthOfString(), out span);
                case '\\' when IsLineEnd(Position + 1):
                    Position = _text.IndexOf('\n', Position) + 1;
                    break;
                default:
                    _isLineStart = false;
                    return IsWordCharacter(c) ? ReadWord(out span) : ReadSymbol(c, out span);
            }
        }
        span = new(_text.Length, 0);
        return TokenKind.End;
    }

    private void SkipPlain()
    {
        var plain = _text.AsSpan(Position);
        if (plain.IndexOfAnyExcept(Plain) is >= 0 and var end) plain = plain[..end];
        Position += plain.Length;
        if (plain.TrimEnd(" \t\r") is [.., var last]) _isLineStart = last == '\n';
    }

    private bool IsLineEnd(int at)
    {
        while (at < _text.Length && _text[at] is ' ' or '\t' or '\r') at++;
        return at < _text.Length && _text[at] == '\n';
    }

    private TokenKind Take(TokenKind kind, int length, out SourceSpan span)
    {
        span = new(Position, length);
        Position += length;
        return kind;
    }

    private void ReadComment()
    {
        var end = _text.IndexOf('\n', Position);
        if (end < 0) end = _text.Length;
        _comments?.Add(new(_source.PositionOf(Position).Line, _text[Position..end].TrimEnd(), !_isLineStart));
        Position = end;
    }

    private int LengthOfString()
    {
        var at = Position + 1;
        while (at < _text.Length && _text[at] is not ('"' or '\n')) at += IsEscape(at) ? 2 : 1;
        if (at < _text.Length && _text[at] == '"') return at + 1 - Position;
        _diagnostics?.Error(_source, new(Position, at - Position), "the string has no end on its line", "close it with " + Quote);
        return at - Position;
    }

    private bool IsEscape(int at) => _hasEscapes && _text[at] == '\\' && at + 1 < _text.Length && _text[at + 1] is '"' or '\\';

    private string ContentOf(SourceSpan span)
    {
        var content = new StringBuilder();
        for (var at = span.Start + 1; at < span.End && _text[at] != '"'; at++)
        {
            if (IsEscape(at)) at++;
            content.Append(_text[at]);
        }
        return content.ToString();
    }

    private TokenKind ReadWord(out SourceSpan span)
    {
        var length = _text.AsSpan(Position).IndexOfAnyExcept(WordCharacters);
        if (length < 0) length = _text.Length - Position;
        var kind = (length, _text[Position]) switch
        {
            (1, '.') => TokenKind.Dot,
            (1, '-') => TokenKind.Dash,
            (1, '/') => TokenKind.Slash,
            _ => TokenKind.Word,
        };
        return Take(kind, length, out span);
    }

    private TokenKind ReadSymbol(char c, out SourceSpan span)
    {
        var next = Position + 1 < _text.Length ? _text[Position + 1] : '\0';
        var (kind, length) = (c, next) switch
        {
            ('=', '=') => (TokenKind.EqualsEquals, 2),
            ('!', '=') => (TokenKind.NotEquals, 2),
            ('<', '=') => (TokenKind.LessOrEqual, 2),
            ('>', '=') => (TokenKind.GreaterOrEqual, 2),
            ('{', _) => (TokenKind.OpenBrace, 1),
            ('}', _) => (TokenKind.CloseBrace, 1),
            ('(', _) => (TokenKind.OpenParen, 1),
            (')', _) => (TokenKind.CloseParen, 1),
            (',', _) => (TokenKind.Comma, 1),
            ('@', _) => (TokenKind.At, 1),
            ('|', _) => (TokenKind.Bar, 1),
            ('&', _) => (TokenKind.Ampersand, 1),
            ('=', _) => (TokenKind.Equals, 1),
            ('!', _) => (TokenKind.Not, 1),
            ('<', _) => (TokenKind.Less, 1),
            ('>', _) => (TokenKind.Greater, 1),
            _ => (TokenKind.Unknown, char.IsHighSurrogate(c) && char.IsLowSurrogate(next) ? 2 : 1),
        };
        if (kind == TokenKind.Unknown && _diagnostics is not null)
        {
            var code = length == 2 ? char.ConvertToUtf32(c, next) : c;
            _diagnostics.Error(_source, new(Position, length), $"a character that has no meaning here (U+{code:X4})", c switch
            {
                '$' => "there are no variables; write the value, or a set for several",
                '\'' => "strings stand in double quotes",
                '[' or ']' => "write addresses without brackets and ports as a match of their own: tcp dport 80",
                _ => "remove it, or put the text in double quotes where a string is meant",
            });
        }
        return Take(kind, length, out span);
    }
}
