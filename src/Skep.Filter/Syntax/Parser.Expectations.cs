using Skep.Filter.Model;
using Skep.Output;

namespace Skep.Filter.Syntax;

/// <summary>An expectation as written: <c>[in IF:] PACKET => VERDICT [by DECIDER] [rewritten PACKET]</c>.</summary>
/// <param name="Span">All of it.</param>
/// <param name="Interface">The interface that the packet comes in by.</param>
/// <param name="Packet">The packet's text.</param>
/// <param name="Verdict">What is decided.</param>
/// <param name="Decider">What decides.</param>
/// <param name="Rewritten">The text of the packet that the rules leave.</param>
internal sealed record ExpectationSyntax(
    SourceSpan Span, Token? Interface, SourceSpan Packet, VerdictSyntax Verdict, DeciderSyntax? Decider, SourceSpan? Rewritten);

/// <summary><c>policy</c>, <c>malformed</c>, or <c>rule</c> or <c>line</c> with which one.</summary>
internal sealed record DeciderSyntax(SourceSpan Span, Token Kind, Token? Argument);

internal sealed partial class Parser
{
    internal const string ExpectationForm = "write PACKET => VERDICT: udp 10.0.0.1:5 > 10.0.0.2:53 => drop";

    private const string Arrow = "=>";

    /// <summary>Reads expectations, one a statement.</summary>
    /// <param name="source">The text.</param>
    /// <param name="diagnostics">Where errors go.</param>
    /// <returns>Those that could be read.</returns>
    internal static List<ExpectationSyntax> ParseExpectations(SourceText source, DiagnosticBag diagnostics)
    {
        var parser = new Parser(source, diagnostics);
        var expectations = new List<ExpectationSyntax>();
        while (!diagnostics.IsFull)
        {
            parser.SkipSeparators();
            if (parser.Current.Kind == TokenKind.End) break;
            if (parser.ParseExpectation() is { } expectation) expectations.Add(expectation);
            while (!parser.IsAtEnd) parser.Advance();
        }
        return expectations;
    }

    /// <summary>Whether a text has an arrow with a word behind it that is a verdict, or that nft has for one.</summary>
    internal static bool HasExpectation(SourceText source)
    {
        var lexer = new Lexer(source);
        for (var at = source.Text.IndexOf(Arrow, StringComparison.Ordinal); at >= 0;
            at = source.Text.IndexOf(Arrow, at + Arrow.Length, StringComparison.Ordinal))
        {
            lexer.Position = at + Arrow.Length;
            var word = lexer.Next();
            if (word.Kind == TokenKind.Word && (IsVerdict(word) || NftSlips.TryExplain(word.Text, out _))) return true;
        }
        return false;
    }

    private bool IsAtEnd => Current.Kind is TokenKind.Separator or TokenKind.End;

    private ExpectationSyntax? ParseExpectation()
    {
        var start = Current.Span;
        Token? iif = null;
        if (Current.IsWord("in") && (iif = ParseInterface()) is null) return null;
        var packet = Current.Span.Start;
        while (!IsAtEnd && !IsArrow) Advance();
        if (IsAtEnd)
        {
            Error(start.To(LastSpan), "there is no => behind the packet", ExpectationForm);
            return null;
        }
        var end = Current.Span.Start;
        Advance();
        Advance();
        if (ParseExpectedVerdict() is not { } verdict) return null;
        DeciderSyntax? decider = null;
        if (Current.IsWord("by") && (decider = ParseDecider()) is null) return null;
        SourceSpan? rewritten = null;
        if (Current.IsWord("rewritten"))
        {
            Advance();
            var from = Current.Span;
            while (!IsAtEnd) Advance();
            rewritten = from.Start < LastSpan.Start ? from.To(LastSpan) : from;
        }
        if (IsAtEnd) return new(start.To(LastSpan), iif, new(packet, end - packet), verdict, decider, rewritten);
        Error(Current, $"expected by, rewritten or the end of the line, found {Describe(Current)}",
            decider is null ? Spelling.DidYouMean(Current.Text, ["by", "rewritten"]) : null);
        return null;
    }

    private bool IsArrow =>
        Current.Kind == TokenKind.Equals && Following is { Kind: TokenKind.Greater or TokenKind.GreaterOrEqual } next
            && next.Span.Start == Current.Span.End;

    /// <summary>Reads <c>in IF:</c>, where a name with other characters is in quotes; the packet is behind it.</summary>
    private Token? ParseInterface()
    {
        Advance();
        var name = Current;
        var colon = name.Kind switch
        {
            TokenKind.Word => name.Content.IndexOf(':') is >= 0 and var at ? name.Span.Start + at : -1,
            TokenKind.String when IsClosed(name) && Following is { Kind: TokenKind.Word, Content: [':', ..] } next => next.Span.Start,
            _ => -1,
        };
        if (colon < 0)
        {
            Error(name, $"expected an interface and : behind in, found {Describe(name)}", "write in eth0: before the packet, in \"a#1\": "
                + "where the name has other characters");
            return null;
        }
        if (name.Kind == TokenKind.Word) name = new(TokenKind.Word, new(name.Span.Start, colon - name.Span.Start), _source);
        MoveTo(colon + 1);
        return name;
    }

    private VerdictSyntax? ParseExpectedVerdict()
    {
        if (!IsVerdict(Current))
        {
            if (Current.Kind == TokenKind.Word && NftSlips.TryExplain(Current.Text, out var slip))
                Error(Current, slip.Message, slip.Suggestion);
            else
                Error(Current, $"expected a verdict behind =>, found {Describe(Current)}",
                    "write drop, pass, tx, redirect DEVICE, redirect cpu N, redirect xsk or redirect fib");
            return null;
        }
        var verdict = ParseVerdict();
        if (verdict?.Kind != VerdictKind.Continue) return verdict;
        Error(verdict.Span, "a packet's verdict is not continue: a later rule or the policy decides", "write drop, pass, tx or redirect");
        return null;
    }

    private DeciderSyntax? ParseDecider()
    {
        Advance();
        var kind = Current;
        if (kind.IsWord("policy") || kind.IsWord("malformed"))
        {
            Advance();
            return new(kind.Span, kind, null);
        }
        if (!kind.IsWord("rule") && !kind.IsWord("line"))
        {
            Error(kind, $"expected what decides behind by, found {Describe(kind)}", "write by rule 3, by rule \"ID OR TEXT\", by line 12, "
                + "by policy or by malformed");
            return null;
        }
        Advance();
        var argument = Current;
        if (argument.Kind == TokenKind.String ? !IsClosed(argument) || kind.IsWord("line") : argument.Kind != TokenKind.Word)
        {
            if (argument.Kind == TokenKind.String && !IsClosed(argument))
                Error(argument, "the string has no end on its line", "close it with \"");
            else if (kind.IsWord("line"))
                Error(argument, $"expected the number of a line of the rule file behind line, found {Describe(argument)}");
            else
                Error(argument, $"expected a rule behind rule, found {Describe(argument)}",
                    "write its number, or its id or text in quotes");
            return null;
        }
        Advance();
        return new(kind.Span.To(argument.Span), kind, argument);
    }

    private bool IsClosed(Token text) => text.Span.Length > 1 && _source.Text[text.Span.End - 1] == '"';

    private static bool IsVerdict(Token token) =>
        token.Kind == TokenKind.Word && token.Content is "drop" or "pass" or "tx" or "redirect" or "continue";
}
