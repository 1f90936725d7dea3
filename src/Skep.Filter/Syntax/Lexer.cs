using System;
using System.Text;

namespace Skep.Filter.Syntax;

/// <summary>Cuts a source text into tokens. Whatever it can't read becomes a token of its own kind and an error.</summary>
internal sealed class Lexer
{
    private const string Quote = "\"";
    private const int LongestShared = 12, MostShared = 1024;

    private readonly SourceText _source;
    private readonly string _text;
    private readonly DiagnosticBag _diagnostics;
    private readonly bool _hasEscapes;
    private readonly List<Token> _tokens = [];
    private readonly List<SourceComment> _comments = [];
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _shared =
        new HashSet<string>().GetAlternateLookup<ReadOnlySpan<char>>();
    private int _at;

    private Lexer(SourceText source, DiagnosticBag diagnostics, bool hasEscapes)
    {
        _hasEscapes = hasEscapes;
        _source = source;
        _text = source.Text;
        _diagnostics = diagnostics;
    }

    /// <param name="source">The text.</param>
    /// <param name="diagnostics">Where errors go.</param>
    /// <param name="hasEscapes">Whether a backslash in a string takes the next character; nft has no such thing.</param>
    internal static (List<Token> Tokens, List<SourceComment> Comments) Read(SourceText source, DiagnosticBag diagnostics,
        bool hasEscapes = true)
    {
        var lexer = new Lexer(source, diagnostics, hasEscapes);
        lexer.ReadAll();
        return (lexer._tokens, lexer._comments);
    }

    internal static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '/' or '-' or '*' or '+';

    private void ReadAll()
    {
        if (_text.StartsWith('\uFEFF')) _at = 1;
        while (_at < _text.Length)
        {
            var c = _text[_at];
            switch (c)
            {
                case ' ' or '\t' or '\r':
                    _at++;
                    break;
                case '\n' or ';':
                    Add(TokenKind.Separator, 1);
                    break;
                case '#':
                    ReadComment();
                    break;
                case '"':
                    ReadString();
                    break;
                case '\\' when IsLineEnd(_at + 1):
                    _at = _text.IndexOf('\n', _at) + 1;
                    break;
                default:
                    if (IsWordCharacter(c)) ReadWord();
                    else ReadSymbol(c);
                    break;
            }
        }
        _tokens.Add(new(TokenKind.End, new(_text.Length, 0), ""));
    }

    private bool IsLineEnd(int at)
    {
        while (at < _text.Length && _text[at] is ' ' or '\t' or '\r') at++;
        return at < _text.Length && _text[at] == '\n';
    }

    private void Add(TokenKind kind, int length)
    {
        _tokens.Add(new(kind, new(_at, length), TextOf(_text.AsSpan(_at, length))));
        _at += length;
    }

    /// <summary>A token's text; the short ones, which come again and again, are one string each.</summary>
    private string TextOf(ReadOnlySpan<char> text)
    {
        if (text.Length > LongestShared) return text.ToString();
        if (_shared.TryGetValue(text, out var shared)) return shared;
        shared = text.ToString();
        if (_shared.Set.Count < MostShared) _shared.Add(shared);
        return shared;
    }

    private void ReadComment()
    {
        var end = _text.IndexOf('\n', _at);
        if (end < 0) end = _text.Length;
        var isTrailing = _tokens.Count > 0 && _tokens[^1] is not { Kind: TokenKind.Separator, Text: "\n" };
        _comments.Add(new(_source.PositionOf(_at).Line, _text[_at..end].TrimEnd(), isTrailing));
        _at = end;
    }

    private void ReadString()
    {
        var start = _at++;
        var content = new StringBuilder();
        while (_at < _text.Length && _text[_at] is not ('"' or '\n'))
        {
            if (_hasEscapes && _text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] is '"' or '\\') _at++;
            content.Append(_text[_at++]);
        }
        if (_at < _text.Length && _text[_at] == '"')
        {
            _at++;
        }
        else
        {
            _diagnostics.Error(_source, new(start, _at - start), "the string has no end on its line", "close it with " + Quote);
        }
        _tokens.Add(new(TokenKind.String, new(start, _at - start), content.ToString()));
    }

    private void ReadWord()
    {
        var end = _at;
        while (end < _text.Length && IsWordCharacter(_text[end])) end++;
        var kind = (end - _at, _text[_at]) switch
        {
            (1, '.') => TokenKind.Dot,
            (1, '-') => TokenKind.Dash,
            (1, '/') => TokenKind.Slash,
            _ => TokenKind.Word,
        };
        Add(kind, end - _at);
    }

    private void ReadSymbol(char c)
    {
        var next = _at + 1 < _text.Length ? _text[_at + 1] : '\0';
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
            _ => (TokenKind.Unknown, 1),
        };
        if (kind == TokenKind.Unknown)
        {
            if (char.IsHighSurrogate(c) && char.IsLowSurrogate(next)) length = 2;
            var code = length == 2 ? char.ConvertToUtf32(c, next) : c;
            _diagnostics.Error(_source, new(_at, length), $"a character that has no meaning here (U+{code:X4})", c switch
            {
                '$' => "there are no variables; write the value, or a set for several",
                '\'' => "strings stand in double quotes",
                '[' or ']' => "write addresses without brackets and ports as a match of their own: tcp dport 80",
                _ => "remove it, or put the text in double quotes where a string is meant",
            });
        }
        Add(kind, length);
    }
}
