using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>
/// Writes a match of nft's <c>th</c>, the transport header of any protocol, as a rule for each protocol that the rule names.
/// </summary>
internal static class TransportHeader
{
    private const string Refusal =
        "th reads the same bytes of every protocol; ports are known of tcp, udp and sctp (name the protocol: meta l4proto { tcp, udp } th "
        + "dport 53)";

    private static readonly (string Name, string Number)[] Protocols = [("tcp", "6"), ("udp", "17"), ("sctp", "132")];

    /// <summary>Expands a rule.</summary>
    /// <param name="words">The rule.</param>
    /// <returns>The rules, each with the reason why it is left out, or null.</returns>
    internal static IEnumerable<(List<Token> Words, string? Reason)> Expand(List<Token> words)
    {
        if (!words.Exists(w => w.IsWord("th"))) return [(words, null)];
        if (Named(words) is not { } named) return [(words, Refusal)];
        return named.Select(protocol => (words.Select(w => w.IsWord("th") ? RuleRewriter.Word(protocol) : w).ToList(), (string?)null));
    }

    /// <summary>The protocols that a rule names, where ports are known of all of them.</summary>
    private static List<string>? Named(List<Token> words)
    {
        for (var i = 0; i + 2 < words.Count; i++)
        {
            if (!(words[i].IsWord("meta") && words[i + 1].IsWord("l4proto")) && !(words[i].IsWord("ip") && words[i + 1].IsWord("protocol"))
                && !(words[i].IsWord("ip6") && words[i + 1].IsWord("nexthdr"))) continue;
            var isConcatenation = words[i + 2].Kind == TokenKind.Dot;
            var at =
                isConcatenation ? words.FindIndex(i, w => w.Kind is TokenKind.OpenBrace or TokenKind.At or TokenKind.NotEquals) : i + 2;
            if (at < 0 || (isConcatenation && i > 0 && words[i - 1].Kind == TokenKind.Dot)) return null;
            // Of a named set all three are tried: elements of other protocols have no ports here.
            if (isConcatenation && words[at].Kind == TokenKind.At) return [.. Protocols.Select(p => p.Name)];
            var end = words[at].Kind == TokenKind.OpenBrace ? words.FindIndex(at, w => w.Kind == TokenKind.CloseBrace) : at + 1;
            if (end < 0 || words[at].Kind is not (TokenKind.OpenBrace or TokenKind.Word)) return null;
            var values = words[at].Kind == TokenKind.Word ? [words[at]] : Firsts(words[(at + 1)..end]);
            var names = values.Select(v => Protocols.FirstOrDefault(p => p.Name == v.Text || p.Number == v.Text).Name).Distinct().ToList();
            return names.Count == 0 || names.Contains(null!) ? null : names;
        }
        return null;
    }

    private static List<Token> Firsts(List<Token> elements) =>
        [.. elements.Where((t, i) => i == 0 || elements[i - 1].Kind == TokenKind.Comma).Where(t => t.Kind != TokenKind.Comma)];
}
