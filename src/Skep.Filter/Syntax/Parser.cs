using System;
using System.Diagnostics.CodeAnalysis;

namespace Skep.Filter.Syntax;

/// <summary>
/// Reads a text into a syntax tree. It never throws: what it can't read becomes an error, and reading goes on behind the
/// item that holds it.
/// </summary>
internal sealed partial class Parser
{
    private static readonly string[] Items = ["devices", "mode", "policy", "malformed", "track", "set"];

    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics;
    private readonly Lexer _lexer;

    private Parser(SourceText source, DiagnosticBag diagnostics)
    {
        (_source, _diagnostics, _lexer) = (source, diagnostics, new(source));
        Current = _lexer.Next();
        LastSpan = Current.Span;
    }

    private Token Current { get; set; }

    private SourceSpan LastSpan { get; set; }

    /// <summary>Reads a whole file.</summary>
    /// <param name="source">The text; its tokens have been read for errors.</param>
    /// <param name="diagnostics">Where errors go.</param>
    /// <returns>The tree, or null when there is no table to speak of.</returns>
    internal static TableSyntax? ParseTable(SourceText source, DiagnosticBag diagnostics) => new Parser(source, diagnostics).ParseFile();

    /// <summary>Reads one rule.</summary>
    /// <returns>The rule, or null after an error.</returns>
    internal static RuleSyntax? ParseLoneRule(SourceText source, DiagnosticBag diagnostics)
    {
        Lexer.Scan(source, diagnostics);
        var parser = new Parser(source, diagnostics);
        parser.SkipSeparators();
        var rule = parser.ParseRule();
        parser.SkipSeparators();
        if (rule is not null && parser.Current.Kind != TokenKind.End) parser.Error(parser.Current, "more than one rule");
        return rule;
    }

    /// <summary>Reads comma-separated elements.</summary>
    /// <returns>Those before the first error.</returns>
    internal static List<ElementSyntax> ParseLoneElements(SourceText source, DiagnosticBag diagnostics)
    {
        Lexer.Scan(source, diagnostics);
        var parser = new Parser(source, diagnostics);
        var elements = new List<ElementSyntax>();
        while (true)
        {
            parser.SkipNewlines();
            if (parser.Current.Kind == TokenKind.End) return elements;
            if (parser.ParseElement(inBraces: true) is not { } element) return elements;
            elements.Add(element);
            parser.SkipNewlines();
            if (parser.Current.Kind == TokenKind.Comma)
            {
                parser.Advance();
            }
            else if (parser.Current.Kind != TokenKind.End)
            {
                parser.Error(parser.Current, $"expected , behind an element, found {parser.Describe(parser.Current)}");
                return elements;
            }
        }
    }

    private TableSyntax? ParseFile()
    {
        SkipSeparators();
        if (!Current.IsWord("table"))
        {
            if (Current.Kind == TokenKind.End) Error(Current, "the file has no table", "begin with: table NAME {");
            else if (Current.Kind == TokenKind.Word && NftSlips.TryExplain(Current.Text, out var slip))
                Error(Current, slip.Message, slip.Suggestion);
            else Error(Current, $"expected table, found {Describe(Current)}", "begin with: table NAME {");
            while (!Current.IsWord("table") && Current.Kind != TokenKind.End) Advance();
            if (Current.Kind == TokenKind.End) return null;
        }
        Advance();
        if (Current.Kind == TokenKind.Word && NftSlips.IsFamily(Current.Text)
            && Following is { Kind: TokenKind.Word or TokenKind.String } following)
        {
            Error(Current, $"tables have no family: one table sees every protocol, so {Current.Text} has no meaning",
                $"write table {following.Text} {{");
            Advance();
        }
        if (!Expect(TokenKind.Word, "a table's name", out var name)) return null;
        if (!Expect(TokenKind.OpenBrace, "{ behind the table's name", out _)) return null;

        var (items, rules) = (new List<ItemSyntax>(), new List<int>());
        ParseItems(items, rules);
        SkipSeparators();
        if (Current.IsWord("table")) Error(Current, "a file holds one table", "put the second table into a file of its own");
        else if (Current.Kind != TokenKind.End)
            Error(Current, $"{Describe(Current)} behind the table's end", "is there a } too many before it?");
        return new(name, items, new(rules, ParseRuleAt));
    }

    private RuleSyntax? ParseRuleAt(int offset)
    {
        MoveTo(offset);
        return ParseRule();
    }

    private static bool IsItem(ReadOnlySpan<char> word) =>
        word is "devices" or "device" or "mode" or "policy" or "malformed" or "track" or "set";

    private void ParseItems(List<ItemSyntax> items, List<int> rules)
    {
        while (!_diagnostics.IsFull)
        {
            SkipSeparators();
            if (Current.Kind == TokenKind.CloseBrace)
            {
                Advance();
                return;
            }
            if (Current.Kind == TokenKind.End)
            {
                Error(Current, "the table has no end", "close it with }");
                return;
            }
            var start = Current.Span.Start;
            if (Current.Kind == TokenKind.Word && !IsItem(Current.Content))
            {
                rules.Add(start);
                SkipItem();
                continue;
            }
            var item = ParseItem();
            if (item is not null && Current.Kind is TokenKind.Separator or TokenKind.CloseBrace or TokenKind.End)
            {
                items.Add(item);
                continue;
            }
            if (item is not null)
                Error(Current, $"{Describe(Current)} behind the end of the statement", "begin a new line, or separate with ;");
            MoveTo(start);
            SkipItem();
        }
    }

    private ItemSyntax? ParseItem()
    {
        if (Current.Kind != TokenKind.Word)
        {
            Error(Current, $"expected a rule, a set or a setting, found {Describe(Current)}");
            return null;
        }
        switch (Current.Text)
        {
            case "devices":
                return ParseDevices();
            case "device":
                Error(Current, "devices are named in a list", "write devices = { eth0 }");
                return null;
            case "mode" or "policy" or "malformed":
                return ParseSetting();
            case "track":
                return ParseTrack();
            default:
                return ParseSet();
        }
    }

    private DevicesSyntax? ParseDevices()
    {
        var start = Take().Span;
        if (!Expect(TokenKind.Equals, "= behind devices", out _)) return null;
        var names = new List<Token>();
        if (Current.Kind is TokenKind.Word or TokenKind.String)
        {
            names.Add(Take());
            return new(start.To(LastSpan), names);
        }
        if (!Expect(TokenKind.OpenBrace, "{ and device names", out _)) return null;
        while (true)
        {
            SkipNewlines();
            if (Current.Kind == TokenKind.CloseBrace) break;
            if (Current.Kind is not (TokenKind.Word or TokenKind.String))
            {
                Error(Current, $"expected a device's name, found {Describe(Current)}");
                return null;
            }
            names.Add(Take());
            SkipNewlines();
            if (Current.Kind == TokenKind.Comma) Advance();
            else if (Current.Kind != TokenKind.CloseBrace)
            {
                Error(Current, $"expected , or }} in the list of devices, found {Describe(Current)}");
                return null;
            }
        }
        Advance();
        return new(start.To(LastSpan), names);
    }

    private SettingSyntax? ParseSetting()
    {
        var keyword = Take();
        var value = Current;
        if (value.Kind != TokenKind.Word)
        {
            Error(value, $"expected {Choices(keyword.Text)} behind {keyword.Text}, found {Describe(value)}");
            return null;
        }
        Advance();
        return new(keyword.Span.To(value.Span), keyword, value);
    }

    private TrackSyntax? ParseTrack()
    {
        var keyword = Take();
        var names = new List<Token>();
        return ParseWords(names, TokenKind.Comma, "sources, ports or sizes behind track") ? new(keyword.Span.To(LastSpan), names) : null;
    }

    internal static string Choices(string keyword) => keyword == "mode" ? "native, generic or auto" : "drop or pass";

    /// <summary>The token behind the current one.</summary>
    private Token Following
    {
        get
        {
            var position = _lexer.Position;
            var following = _lexer.Next();
            _lexer.Position = position;
            return following;
        }
    }

    private void Advance()
    {
        LastSpan = Current.Span;
        Current = _lexer.Next();
    }

    private void MoveTo(int offset)
    {
        _lexer.Position = offset;
        Current = _lexer.Next();
    }

    private Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End) Advance();
        return token;
    }

    private bool Expect(TokenKind kind, string what, [NotNullWhen(true)] out Token token)
    {
        token = Current;
        if (token.Kind == kind)
        {
            Advance();
            return true;
        }
        Error(token, $"expected {what}, found {Describe(token)}");
        return false;
    }

    private void SkipSeparators()
    {
        while (Current.Kind == TokenKind.Separator) Advance();
    }

    private void SkipNewlines()
    {
        while (Current is { Kind: TokenKind.Separator, Content: "\n" }) Advance();
    }

    /// <summary>Goes behind the item at the cursor: to the separator, or the table's end, that is not within braces.</summary>
    private void SkipItem()
    {
        var depth = 0;
        var (kind, span) = (Current.Kind, Current.Span);
        for (; kind != TokenKind.End; kind = _lexer.MoveToEnd(out span))
        {
            if (kind == TokenKind.OpenBrace) depth++;
            if (depth == 0 && kind is TokenKind.Separator or TokenKind.CloseBrace) break;
            if (kind == TokenKind.CloseBrace) depth--;
        }
        Current = _lexer.Read(kind, span);
    }

    private void Error(Token at, string message, string? suggestion = null) => Error(at.Span, message, suggestion);

    private void Error(SourceSpan at, string message, string? suggestion = null) => _diagnostics.Error(_source, at, message, suggestion);

    private string Describe(Token token) => token.Kind switch
    {
        TokenKind.End => "the end of the file",
        TokenKind.Separator => token.Content is ";" ? ";" : "the end of the line",
        TokenKind.String => "a string",
        _ => token.Text.Length <= 40 ? token.Text : token.Text[..40] + "...",
    };
}
