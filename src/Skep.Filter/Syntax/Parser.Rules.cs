using System;
using Skep.Filter.Model;
using Skep.Output;

namespace Skep.Filter.Syntax;

internal sealed partial class Parser
{
    private static readonly string[] RuleWords =
    [
        "ether", "vlan", "ip", "ip6", "tcp", "udp", "sctp", "icmp", "icmpv6", "meta", "limit", "log", "swap", "comment",
        "drop", "pass", "tx", "redirect", "continue", .. Items,
    ];

    private static bool IsStatementWord(ReadOnlySpan<char> word) =>
        word is "limit" or "log" or "swap" or "comment" or "drop" or "pass" or "tx" or "redirect" or "continue";

    private RuleSyntax? ParseRule()
    {
        var start = Current.Span;
        var matches = new List<MatchSyntax>();
        var statements = new List<StatementSyntax>();
        LimitSyntax? limit = null;
        VerdictSyntax? verdict = null;
        Token? comment = null;

        while (Current.Kind is not (TokenKind.Separator or TokenKind.CloseBrace or TokenKind.End))
        {
            var token = Current;
            if (token.Kind != TokenKind.Word)
            {
                Error(token, $"expected a match, a statement or a verdict, found {Describe(token)}");
                return null;
            }
            if (verdict is not null && !token.IsWord("comment"))
            {
                ExplainAfterVerdict(token);
                return null;
            }
            switch (token.Content)
            {
                case "limit":
                    if (!IsFirstLimit(limit, statements, token) || (limit = ParseLimit()) is null) return null;
                    break;
                case "log":
                    if (ParseLog() is not { } log) return null;
                    statements.Add(log);
                    break;
                case "swap":
                    if (ParseSwap() is not { } swap) return null;
                    statements.Add(swap);
                    break;
                case "comment":
                    if (comment is not null)
                    {
                        Error(token, "the rule has a comment already", "keep one");
                        return null;
                    }
                    Advance();
                    if (!Expect(TokenKind.String, "a text in double quotes behind comment", out var text)) return null;
                    comment = text;
                    break;
                case "drop" or "pass" or "tx" or "redirect" or "continue":
                    if ((verdict = ParseVerdict()) is null) return null;
                    break;
                default:
                    if (!ParseFieldUse(matches, statements, limit)) return null;
                    break;
            }
        }
        return new(start.To(LastSpan), matches, limit, statements, verdict, comment);
    }

    /// <summary>Reads what begins with a field: a match, or a statement that sets it.</summary>
    private bool ParseFieldUse(List<MatchSyntax> matches, List<StatementSyntax> statements, LimitSyntax? limit)
    {
        if (ParseField("a match, a statement or a verdict") is not { } field) return false;
        if (Current.IsWord("set"))
        {
            Advance();
            if (ParsePart(withFlags: false) is not { } value) return false;
            statements.Add(new SetFieldSyntax(field.Span.To(value.Span), field, value));
            return true;
        }
        if (limit is not null || statements.Count > 0)
        {
            Error(field.Span, "a match behind a statement", "write all matches first; then limit, log, set and swap; then the verdict");
            return false;
        }
        if (ParseMatch(field) is not { } match) return false;
        matches.Add(match);
        return true;
    }

    private bool IsFirstLimit(LimitSyntax? limit, List<StatementSyntax> statements, Token token)
    {
        if (limit is not null)
        {
            Error(token, "the rule has a limit already", "write a second rule for a second limit");
            return false;
        }
        if (statements.Count == 0) return true;
        Error(token, "a limit behind a statement", "write the limit before log, set and swap: it decides whether the rule is hit at all");
        return false;
    }

    private LimitSyntax? ParseLimit()
    {
        var start = Take().Span;
        if (!Current.IsWord("rate"))
        {
            Error(Current, $"expected rate behind limit, found {Describe(Current)}", "write limit rate over 100/second");
            return null;
        }
        Advance();
        var over = Current.IsWord("over");
        if (over || Current.IsWord("until")) Advance();
        if (ParseRate() is not { } rate) return null;

        Token? burst = null;
        if (Current.IsWord("burst"))
        {
            Advance();
            if (!Expect(TokenKind.Word, "a number of packets behind burst", out var number)) return null;
            burst = number;
            if (Current.IsWord("packets")) Advance();
            else if (IsByteUnit(Current))
            {
                Error(Current, "limits count packets, not bytes", "write burst with a number of packets");
                return null;
            }
        }
        var key = new List<FieldSyntax>();
        if (Current.IsWord("per"))
        {
            do
            {
                Advance();
                if (Current.Kind != TokenKind.Word)
                {
                    Error(Current, $"expected a field like ip saddr, found {Describe(Current)}");
                    return null;
                }
                if (ParseField(FieldForm) is not { } field) return null;
                key.Add(field);
            }
            while (Current.Kind == TokenKind.Dot);
        }
        Token? size = null;
        if (Current.IsWord("size"))
        {
            Advance();
            if (!Expect(TokenKind.Word, "a number of keys behind size", out var number)) return null;
            size = number;
        }
        return new(start.To(LastSpan), over, rate, burst, key, size);
    }

    private Token? ParseRate()
    {
        if (!Expect(TokenKind.Word, "a rate like 100/second", out var rate)) return null;
        if (IsByteUnit(Current))
        {
            Error(Current, "limits count packets, not bytes", "write limit rate over 100/second");
            return null;
        }
        if (Current.Kind != TokenKind.Slash) return rate;
        Advance();
        if (!Expect(TokenKind.Word, "a unit like second", out var unit)) return null;
        return new(TokenKind.Word, rate.Span.To(unit.Span), $"{rate.Text}/{unit.Text}");
    }

    private static bool IsByteUnit(Token token) =>
        token.Kind == TokenKind.Word
            && (token.Text.StartsWith("bytes", StringComparison.Ordinal) || token.Text.StartsWith("kbytes", StringComparison.Ordinal)
            || token.Text.StartsWith("mbytes", StringComparison.Ordinal));

    private LogSyntax? ParseLog()
    {
        var start = Take().Span;
        if (Current.Kind == TokenKind.Word && Current.Text is "prefix" or "group" or "level" or "snaplen" or "flags" or "queue-threshold")
        {
            Error(Current, $"log has no {Current.Text}: each record carries the rule, the verdict and the packet",
                "name the rule with comment \"...\"");
            return null;
        }
        if (!Current.IsWord("sample")) return new(start, null);
        Advance();
        if (!Expect(TokenKind.Word, "a share like 1/1000 behind sample", out var sample)) return null;
        if (Current.Kind == TokenKind.Slash)
        {
            Advance();
            if (!Expect(TokenKind.Word, "a number behind 1/", out var number)) return null;
            sample = new(TokenKind.Word, sample.Span.To(number.Span), $"{sample.Text}/{number.Text}");
        }
        return new(start.To(sample.Span), sample);
    }

    private SwapSyntax? ParseSwap()
    {
        var start = Take().Span;
        var headers = new List<Token>();
        return ParseWords(headers, TokenKind.Comma, "headers like ether,ip,udp behind swap") ? new(start.To(LastSpan), headers) : null;
    }

    private VerdictSyntax? ParseVerdict()
    {
        var token = Take();
        var kind = token.Content switch
        {
            "drop" => VerdictKind.Drop,
            "pass" => VerdictKind.Pass,
            "tx" => VerdictKind.Tx,
            "continue" => VerdictKind.Continue,
            _ => VerdictKind.RedirectDevice,
        };
        if (kind != VerdictKind.RedirectDevice) return new(token.Span, kind, null);
        if (Current.Kind is not (TokenKind.Word or TokenKind.String))
        {
            Error(Current, $"expected where to redirect to, found {Describe(Current)}",
                "write redirect DEVICE, redirect cpu N, redirect xsk or redirect fib");
            return null;
        }
        var target = Take();
        if (target.IsWord("to") || target.IsWord("dev"))
        {
            Error(target, $"redirect takes the device's name at once", "write redirect eth1");
            return null;
        }
        if (target.IsWord("xsk")) return new(token.Span.To(target.Span), VerdictKind.RedirectXsk, null);
        if (target.IsWord("fib")) return new(token.Span.To(target.Span), VerdictKind.RedirectFib, null);
        if (!target.IsWord("cpu")) return new(token.Span.To(target.Span), kind, target);
        if (!Expect(TokenKind.Word, "a CPU's number behind cpu", out var cpu)) return null;
        return new(token.Span.To(cpu.Span), VerdictKind.RedirectCpu, cpu);
    }

    private void ExplainAfterVerdict(Token token)
    {
        if (token.Text == "counter" && NftSlips.TryExplain(token.Text, out var slip)) Error(token, slip.Message, slip.Suggestion);
        else if (IsStatementWord(token.Content) || FieldInfo.IsFirstWord(token.Content))
            Error(token, $"{token.Text} behind the verdict, which ends the rule", "write it before the verdict, or on a line of its own");
        else Error(token, $"{Describe(token)} behind the verdict, which ends the rule", "only comment \"...\" may follow");
    }

    private void ExplainWord(Token token, string expected)
    {
        if (NftSlips.TryExplain(token.Text, out var slip)) Error(token, slip.Message, slip.Suggestion);
        else Error(token, $"expected {expected}, found {Describe(token)}", Spelling.DidYouMean(token.Text, RuleWords));
    }
}
