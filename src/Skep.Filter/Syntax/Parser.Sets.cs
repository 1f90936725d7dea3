using System;
using Skep.Output;

namespace Skep.Filter.Syntax;

internal sealed partial class Parser
{
    private static readonly string[] SetClauses = ["type", "flags", "timeout", "size", "counter", "file", "comment", "elements"];

    private SetSyntax? ParseSet()
    {
        var start = Take().Span;
        if (!Expect(TokenKind.Word, "a set's name", out var name)) return null;
        if (!Expect(TokenKind.OpenBrace, "{ behind the set's name", out _)) return null;

        var types = new List<Token>();
        var flags = new List<Token>();
        Token? timeout = null, size = null, file = null, comment = null;
        CounterSyntax? counter = null;
        List<ElementSyntax>? elements = null;
        var seen = new HashSet<string>();
        while (true)
        {
            SkipSeparators();
            if (Current.Kind == TokenKind.CloseBrace) break;
            if (!Expect(TokenKind.Word, "type, flags, timeout, size, counter, file, comment or elements", out var clause)) return null;
            if (!seen.Add(clause.Text))
            {
                Error(clause, $"the set has {clause.Text} twice", "keep one");
                return null;
            }
            var isRead = clause.Text switch
            {
                "type" => ParseWords(types, TokenKind.Dot, "a type like ipv4_addr"),
                "flags" => ParseWords(flags, TokenKind.Comma, "interval or timeout"),
                "timeout" => ParseClause(TokenKind.Word, "a time like 1d or 12h30m", out timeout),
                "size" => ParseClause(TokenKind.Word, "a number of elements", out size),
                "file" => ParseClause(TokenKind.String, "a path in double quotes", out file),
                "comment" => ParseClause(TokenKind.String, "a text in double quotes", out comment),
                "counter" => ParseCounter(clause, out counter),
                "elements" => ParseSetElements(out elements),
                _ => RefuseSetClause(clause),
            };
            if (!isRead) return null;
            if (Current.Kind is TokenKind.Separator or TokenKind.CloseBrace) continue;
            Error(Current, $"{Describe(Current)} behind {clause.Text}", "begin a new line, or separate with ;");
            return null;
        }
        Advance();
        return new(start.To(name.Span), name, types, flags, timeout, size, file, comment, counter, elements);
    }

    private bool RefuseSetClause(Token clause)
    {
        var (message, suggestion) = clause.Text switch
        {
            "typeof" =>
                ("a set's type is named, not taken from a field", "write type ipv4_addr, ipv6_addr, ether_addr, inet_service, inet_proto "
                    + "..."),
            "auto-merge" => ("elements that overlap are merged always", "leave auto-merge out"),
            "gc-interval" => ("elements that have run out never match; there is no interval to set", "leave it out"),
            "policy" => ("the structure that holds a set is chosen from its elements", "leave policy out"),
            _ =>
                ($"a set has no {clause.Text}", Spelling.DidYouMean(clause.Text, SetClauses)
                    ?? "it may have type, flags, timeout, size, counter, file, comment and elements"),
        };
        Error(clause, message, suggestion);
        return false;
    }

    private bool ParseWords(List<Token> words, TokenKind between, string what)
    {
        while (true)
        {
            if (!Expect(TokenKind.Word, what, out var word)) return false;
            words.Add(word);
            if (Current.Kind != between) return true;
            Advance();
        }
    }

    private bool ParseClause(TokenKind kind, string what, out Token? value)
    {
        value = null;
        if (!Expect(kind, what, out var token)) return false;
        value = token;
        return true;
    }

    /// <summary>Reads what follows <c>counter</c>: <c>packets N</c> and <c>bytes N</c>, either, both or none.</summary>
    private bool ParseCounter(Token keyword, out CounterSyntax? counter)
    {
        Token? packets = null, bytes = null;
        counter = null;
        while (Current.IsWord("packets") || Current.IsWord("bytes"))
        {
            var what = Take();
            if (!Expect(TokenKind.Word, $"a number of {what.Text}", out var number)) return false;
            ref var which = ref what.Text == "packets" ? ref packets : ref bytes;
            if (which is not null)
            {
                Error(what, $"the counter has {what.Text} twice", "keep one");
                return false;
            }
            which = number;
        }
        counter = new(keyword.Span.To(LastSpan), packets, bytes);
        return true;
    }

    private bool ParseSetElements(out List<ElementSyntax>? elements)
    {
        elements = null;
        if (!Expect(TokenKind.Equals, "= behind elements", out _)) return false;
        elements = ParseBracedElements();
        return elements is not null;
    }

    private List<ElementSyntax>? ParseBracedElements(bool mayBeQuoted = false)
    {
        if (!Expect(TokenKind.OpenBrace, "{ and elements", out _)) return null;
        var elements = new List<ElementSyntax>();
        while (true)
        {
            SkipNewlines();
            if (Current.Kind == TokenKind.CloseBrace) break;
            if (ParseElement(inBraces: true, mayBeQuoted) is not { } element) return null;
            elements.Add(element);
            SkipNewlines();
            if (Current.Kind == TokenKind.Comma)
            {
                Advance();
            }
            else if (Current.Kind != TokenKind.CloseBrace)
            {
                Error(Current, $"expected , or }} behind an element, found {Describe(Current)}");
                return null;
            }
        }
        Advance();
        return elements;
    }

    private ElementSyntax? ParseElement(bool inBraces, bool mayBeQuoted = false)
    {
        var start = Current.Span;
        if (ParsePart(inBraces, mayBeQuoted) is not { } first) return null;
        List<PartSyntax>? several = null;
        while (Current.Kind == TokenKind.Dot)
        {
            Advance();
            if (ParsePart(inBraces, mayBeQuoted) is not { } part) return null;
            (several ??= [first]).Add(part);
        }
        Token? timeout = null;
        CounterSyntax? counter = null;
        while (inBraces && Current.Kind == TokenKind.Word && (Current.IsWord("timeout") || Current.IsWord("counter")))
        {
            var option = Take();
            if (option.IsWord("timeout") ? timeout is not null : counter is not null)
            {
                Error(option, $"the element has {option.Text} twice", "keep one");
                return null;
            }
            if (option.IsWord("counter"))
            {
                if (!ParseCounter(option, out counter)) return null;
                continue;
            }
            if (!Expect(TokenKind.Word, "a time like 1d or 12h30m", out var word)) return null;
            timeout = word;
        }
        return new(start.To(LastSpan), several?.ToArray() ?? [first], timeout, counter);
    }

    private PartSyntax? ParsePart(bool withFlags, bool mayBeQuoted = false)
    {
        if (mayBeQuoted && Current.Kind == TokenKind.String) return new(Take());
        if (!Expect(TokenKind.Word, "a value", out var first)) return null;
        if (withFlags && Current.Kind == TokenKind.Bar)
        {
            var flags = new List<Token> { first };
            while (Current.Kind == TokenKind.Bar)
            {
                Advance();
                if (!Expect(TokenKind.Word, "a flag", out var flag)) return null;
                flags.Add(flag);
            }
            return new(new Token(TokenKind.Word, first.Span.To(LastSpan), ""), flags);
        }
        if (Current.Kind is not (TokenKind.Dash or TokenKind.Slash)) return new(first);
        var between = Take();
        if (!Expect(TokenKind.Word, "the rest of the range", out var last)) return null;
        return new(new Token(TokenKind.Word, first.Span.To(last.Span), first.Text + between.Text + last.Text));
    }
}
