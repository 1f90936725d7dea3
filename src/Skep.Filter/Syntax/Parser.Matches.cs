using System;
using Skep.Filter.Model;
using Skep.Output;
using Skep.Packets.Values;

namespace Skep.Filter.Syntax;

internal sealed partial class Parser
{
    private const string FieldForm = "a field like ip saddr";

    private FieldSyntax? ParseField(string expected)
    {
        var protocol = Take();
        var name = Current;
        if (name.Kind == TokenKind.Word && FieldInfo.Find(protocol.Content, name.Content) is { } field)
        {
            Advance();
            return new(field.Field, protocol.Span.To(name.Span));
        }
        if (!FieldInfo.IsFirstWord(protocol.Content))
        {
            ExplainWord(protocol, expected);
            return null;
        }
        var fields =
            FieldInfo.All.Where(f => f.Name.StartsWith(protocol.Text + " ", StringComparison.Ordinal))
                .Select(f => f.Name[(protocol.Text.Length + 1)..]).ToList();
        if (name.Kind == TokenKind.Word && NftSlips.TryExplainField($"{protocol.Text} {name.Text}", out var slip))
        {
            Error(protocol.Span.To(name.Span), slip.Message, slip.Suggestion);
        }
        else if (name.Kind != TokenKind.Word || IsStatementWord(name.Content) || NftSlips.TryExplain(name.Text, out _))
        {
            var asSuch = protocol.Text switch
            {
                "ip" => "meta nfproto ipv4",
                "ip6" => "meta nfproto ipv6",
                "tcp" or "udp" or "sctp" or "icmp" or "icmpv6" => $"meta l4proto {protocol.Text}",
                "vlan" => "vlan id 0-4095",
                _ => null,
            };
            Error(protocol, $"{protocol.Text} needs a field: {string.Join(", ", fields)}",
                asSuch is null ? null : $"for the protocol as such write {asSuch}");
        }
        else
        {
            Error(name, $"{protocol.Text} has no field {Describe(name)}",
                Spelling.DidYouMean(name.Text, fields) ?? $"its fields are {string.Join(", ", fields)}");
        }
        return null;
    }

    private MatchSyntax? ParseMatch(FieldSyntax first)
    {
        List<FieldSyntax>? several = null;
        while (Current.Kind == TokenKind.Dot)
        {
            Advance();
            if (Current.Kind != TokenKind.Word)
            {
                Error(Current, $"expected a field behind the dot, found {Describe(Current)}");
                return null;
            }
            if (ParseField(FieldForm) is not { } next) return null;
            (several ??= [first]).Add(next);
        }
        FieldSyntax[] fields = several?.ToArray() ?? [first];
        if (fields.Length == 1 && first.Field == Field.TcpFlags) return ParseFlagsMatch(first);
        if (fields.Length == 1 && IsBareFragment(first.Field)) return AnyFragment(first);
        if (ParseComparison() is not { } comparison) return null;
        var value = ParseValue(Array.Exists(fields, static f => FieldInfo.Of(f.Field).Type == DataType.IfaceIndex));
        return value is null ? null : new(first.Span.To(LastSpan), fields, comparison, value);
    }

    private bool IsBareFragment(Field field) =>
        field is Field.IpFrag or Field.Ip6Frag
        && (Current.Kind is TokenKind.Separator or TokenKind.CloseBrace or TokenKind.End
            || (Current.Kind == TokenKind.Word && (IsStatementWord(Current.Content) || FieldInfo.IsFirstWord(Current.Content))));

    private static MatchSyntax AnyFragment(FieldSyntax field) => new(field.Span, [field], Comparison.Equal, new ElementsSyntax(field.Span,
        [Fragment(field, "first"), Fragment(field, "later")], true));

    private static ElementSyntax Fragment(FieldSyntax field, string name) =>
        new(field.Span, [new(new Token(TokenKind.Word, field.Span, name))], null, null);

    private Comparison? ParseComparison()
    {
        var token = Current;
        Comparison? comparison = token.Kind switch
        {
            TokenKind.EqualsEquals => Comparison.Equal,
            TokenKind.NotEquals => Comparison.NotEqual,
            TokenKind.Less => Comparison.Less,
            TokenKind.LessOrEqual => Comparison.LessOrEqual,
            TokenKind.Greater => Comparison.Greater,
            TokenKind.GreaterOrEqual => Comparison.GreaterOrEqual,
            TokenKind.Word => token.Content switch
            {
                "eq" => Comparison.Equal,
                "ne" => Comparison.NotEqual,
                "lt" => Comparison.Less,
                "le" => Comparison.LessOrEqual,
                "gt" => Comparison.Greater,
                "ge" => Comparison.GreaterOrEqual,
                _ => null,
            },
            _ => null,
        };
        if (comparison is not null)
        {
            Advance();
            return comparison;
        }
        switch (token.Kind)
        {
            case TokenKind.Equals:
                Error(token, "a match has no =", "leave it out, or write ==");
                return null;
            case TokenKind.Not:
                Error(token, "a match is negated by !=", "write != before the value");
                return null;
            case TokenKind.Ampersand:
                Error(token, "only tcp flags are matched with a mask", "write a prefix like 10.0.0.0/8, or a range");
                return null;
            case TokenKind.Word when token.Content is "not":
                Error(token, "a match is negated by !=", "write != before the value");
                return null;
            case TokenKind.Word when token.Content is "vmap" or "map" && NftSlips.TryExplain(token.Text, out var slip):
                Error(token, slip.Message, slip.Suggestion);
                return null;
            default:
                return Comparison.Equal;
        }
    }

    private ValueSyntax? ParseValue(bool mayBeQuoted = false)
    {
        var start = Current;
        if (start.Kind == TokenKind.At)
        {
            Advance();
            if (!Expect(TokenKind.Word, "a set's name behind @", out var name)) return null;
            return new SetReferenceSyntax(start.Span.To(name.Span), name.Text);
        }
        if (start.Kind == TokenKind.OpenBrace)
        {
            var elements = ParseBracedElements(mayBeQuoted);
            return elements is null ? null : new ElementsSyntax(start.Span.To(LastSpan), elements, true);
        }
        if (start.Kind != TokenKind.Word && !(mayBeQuoted && start.Kind == TokenKind.String))
        {
            Error(start, $"expected a value, found {Describe(start)}", start.Kind == TokenKind.String ? "write it without quotes" : null);
            return null;
        }
        if (ParseElement(inBraces: false, mayBeQuoted) is not { } element) return null;
        if (Current.Kind == TokenKind.Comma)
        {
            Error(start.Span.To(Current.Span), "several values stand in braces", $"write {{ {_source.Slice(element.Span)}, ... }}");
            return null;
        }
        return new ElementsSyntax(element.Span, [element], false);
    }

    private MatchSyntax? ParseFlagsMatch(FieldSyntax field)
    {
        var operation = Current;
        var comparison = Comparison.Equal;
        switch (operation.Kind)
        {
            case TokenKind.Ampersand:
                Advance();
                if (ParseFlagWords() is not { } mask) return null;
                if (Current.Kind is not (TokenKind.EqualsEquals or TokenKind.NotEquals))
                {
                    Error(Current, $"expected == or != behind the mask, found {Describe(Current)}", "write tcp flags & (syn|ack) == syn");
                    return null;
                }
                comparison = Take().Kind == TokenKind.NotEquals ? Comparison.NotEqual : Comparison.Equal;
                return ParseFlagWords() is { } masked
                    ? new(field.Span.To(LastSpan), [field], comparison, new FlagsSyntax(masked.Span, mask, masked)) : null;
            case TokenKind.Not:
                Advance();
                if (ParseFlagWords() is not { } unset) return null;
                var zero = new Token(TokenKind.Word, unset.Span, "0");
                return new(field.Span.To(LastSpan), [field], comparison, new FlagsSyntax(unset.Span, unset, new(unset.Span, [zero])));
            case TokenKind.EqualsEquals or TokenKind.NotEquals:
                Advance();
                comparison = operation.Kind == TokenKind.NotEquals ? Comparison.NotEqual : Comparison.Equal;
                break;
        }
        if (Current.Kind is TokenKind.OpenBrace or TokenKind.At)
        {
            var set = ParseValue();
            return set is null ? null : new(field.Span.To(LastSpan), [field], comparison, set);
        }
        if (ParseFlagWords() is not { } value) return null;
        if (Current.Kind == TokenKind.Slash)
        {
            Advance();
            return ParseFlagWords() is { } mask
                ? new(field.Span.To(LastSpan), [field], comparison, new FlagsSyntax(value.Span, mask, value)) : null;
        }
        if (operation.Kind is not (TokenKind.EqualsEquals or TokenKind.NotEquals))
            return new(field.Span.To(LastSpan), [field], comparison, new FlagsSyntax(value.Span, null, value));
        var exact = new ElementSyntax(value.Span, [new(new Token(TokenKind.Word, value.Span, ""), value.Words)], null, null);
        return new(field.Span.To(LastSpan), [field], comparison, new ElementsSyntax(value.Span, [exact], false));
    }

    private FlagWordsSyntax? ParseFlagWords()
    {
        var start = Current.Span;
        var isParenthesized = Current.Kind == TokenKind.OpenParen;
        if (isParenthesized) Advance();
        var words = new List<Token>();
        while (true)
        {
            if (!Expect(TokenKind.Word, "TCP flags like syn|ack", out var word)) return null;
            words.Add(word);
            if (Current.Kind is not (TokenKind.Bar or TokenKind.Comma)) break;
            Advance();
        }
        if (isParenthesized && !Expect(TokenKind.CloseParen, ") behind the flags", out _)) return null;
        return new(start.To(LastSpan), words);
    }
}
