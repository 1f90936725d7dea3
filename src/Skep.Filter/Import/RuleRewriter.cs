using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>Turns the words of a rule of nft into those of a rule here, where the meaning is the same.</summary>
internal static class RuleRewriter
{
    private static readonly TokenKind[] Operators =
        [TokenKind.NotEquals, TokenKind.EqualsEquals, TokenKind.Less, TokenKind.LessOrEqual, TokenKind.Greater, TokenKind.GreaterOrEqual];

    /// <summary>Whether a rule of nft may let packets through, itself or where it goes.</summary>
    internal static bool MayAccept(List<Token> words) =>
        words.Exists(
            w =>
                w is
            {
                Kind: TokenKind.Word,
                Text: "accept" or "jump" or "goto" or "return" or "vmap" or "queue" or "fwd" or "tproxy" or "include"
            }
                        or { Kind: TokenKind.Unknown, Text: "$" });

    /// <summary>Whether a rule matches a VLAN tag.</summary>
    internal static bool MatchesTag(List<Token> words) =>
        words.Zip(words.Skip(1)).Any(pair => pair.First.IsWord("vlan") && (pair.Second.IsWord("id") || pair.Second.IsWord("pcp")))
        || words.Zip(words.Skip(1), words.Skip(2))
            .Any(three => three.First.IsWord("ether") && three.Second.IsWord("type") && IsTag(three.Third));

    /// <summary>Takes the quotes off names of services and protocols.</summary>
    internal static void Unquote(List<Token> words)
    {
        for (var i = 1; i < words.Count; i++)
            if (words[i].Kind == TokenKind.String && words[i - 1].Text is not ("comment" or "prefix") && words[i].Text.Length > 0
                && words[i].Text.All(Lexer.IsWordCharacter))
                words[i] = Word(words[i].Text);
    }

    /// <summary>Rewrites a rule in place.</summary>
    /// <returns>Why it means something else here, or null.</returns>
    internal static string? Rewrite(List<Token> words, ImportFamily family)
    {
        var counts = false;
        string? prefix = null;
        Unquote(words);
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i].Kind != TokenKind.Word) continue;
            switch (words[i].Text)
            {
                case "accept":
                    words[i] = Word("pass");
                    break;
                case "counter":
                    var counted = Is(words, i + 1, "packets") && Is(words, i + 3, "bytes") ? 5 : 1;
                    if (Is(words, i + 1, "name") && i + 2 < words.Count) counted = 3;
                    counts = true;
                    words.RemoveRange(i, Math.Min(counted, words.Count - i));
                    i--;
                    break;
                case "tcp"
                    when Is(words, i + 1, "flags") && i + 4 < words.Count && words[i + 2].Kind == TokenKind.Ampersand
                        && words[i + 4].Kind is TokenKind.Bar or TokenKind.Comma:
                    return "nft joins the mask's first flag before the others (write the mask in parentheses)";
                case "meta" when Is(words, i + 1, "length"):
                    return "nft counts meta length from the IP header on, XDP from the Ethernet header on";
                case "log":
                    prefix ??= TakeLogOptions(words, i + 1);
                    break;
                case "meta" when family != ImportFamily.Any && Is(words, i + 1, "protocol") && AreVersions(Value(words, i + 2)):
                    RewriteProtocol(words, i);
                    break;
                case "ip"
                    when Is(words, i + 1, "frag-off") && i + 5 < words.Count && words[i + 2].Kind == TokenKind.Ampersand
                        && words[i + 5] is { Kind: TokenKind.Word, Text: "0" or "0x0" }:
                    RewriteFragment(words, i);
                    break;
                case "ether" when Is(words, i + 1, "type") && words.Count > i + 2 && words[i + 2].Text is "8021q" or "vlan" or "0x8100":
                    words.RemoveRange(i, 3);
                    words.InsertRange(i, [Word("vlan"), Word("id"), Word("0-4095")]);
                    break;
                case "ether" when Is(words, i + 1, "type") && Value(words, i + 2).Any(IsTag):
                    return "here ether type is what stands behind the VLAN tags (match tags by vlan id)";
            }
        }
        if (counts
            && !words.Exists(
                w =>
                    w is
                    {
                        Kind: TokenKind.Word,
                        Text: "drop" or "pass" or "continue" or "log" or "set" or "jump" or "goto" or "return" or "queue" or "reject"
                    }))
            words.Insert(words.FindIndex(w => w.IsWord("comment")) is >= 0 and var at ? at : words.Count, Word("continue"));
        if (prefix is not null && !words.Exists(w => w.IsWord("comment")))
            words.AddRange([Word("comment"), new(TokenKind.String, default, prefix)]);
        for (var i = words.Count - 1; i > 0; i--)
            if (words[i].Kind == TokenKind.CloseBrace && words[i - 1].Kind == TokenKind.Comma) words.RemoveAt(i - 1);
        return null;
    }

    /// <summary>Takes out the options of a log statement.</summary>
    /// <returns>Its prefix, fit for a comment; null when it has none.</returns>
    private static string? TakeLogOptions(List<Token> words, int at)
    {
        string? prefix = null;
        while (at + 1 < words.Count && words[at].Kind == TokenKind.Word
            && words[at].Text is "prefix" or "level" or "group" or "flags" or "snaplen" or "queue-threshold")
        {
            if (words[at].Text == "prefix") prefix = ImportBuilder.AsComment(words[at + 1].Text);
            var count = words[at].Text == "flags" && words[at + 1].Text is "tcp" or "ip" ? 3 : 2;
            while (count > 2 && at + count + 1 < words.Count && words[at + count].Kind == TokenKind.Comma) count += 2;
            words.RemoveRange(at, Math.Min(count, words.Count - at));
        }
        return prefix;
    }

    // What an IP chain sees has the protocol of its IP header.
    private static void RewriteProtocol(List<Token> words, int at)
    {
        words[at + 1] = Word("nfproto");
        var value = Operators.Contains(words[at + 2].Kind) ? at + 3 : at + 2;
        var isSet = words[value].Kind == TokenKind.OpenBrace;
        for (var i = value; i < words.Count && words[i].Kind != TokenKind.CloseBrace; i++)
        {
            if (words[i].Kind == TokenKind.Word) words[i] = Word(words[i].Text == "ip" ? "ipv4" : "ipv6");
            if (!isSet) return;
        }
    }

    private static IEnumerable<Token> Value(List<Token> words, int at)
    {
        if (Operators.Contains(words.ElementAtOrDefault(at).Kind)) at++;
        var isSet = words.ElementAtOrDefault(at).Kind == TokenKind.OpenBrace;
        return isSet ? words.Skip(at).TakeWhile(w => w.Kind != TokenKind.CloseBrace) : words.Skip(at).Take(1);
    }

    private static bool AreVersions(IEnumerable<Token> values) =>
        values.Count(w => w.Kind == TokenKind.Word) > 0 && values.All(w => w.Kind != TokenKind.Word || w.Text is "ip" or "ip6");

    private static bool IsTag(Token word) =>
        word.Kind == TokenKind.Word && word.Text is "8021q" or "8021ad" or "vlan" or "0x8100" or "0x88a8" or "33024" or "34984";

    private static void RewriteFragment(List<Token> words, int at)
    {
        var isLater = words[at + 3].Text is "8191" or "0x1fff";
        var isAny = words[at + 3].Text is "16383" or "0x3fff";
        var isUnset = words[at + 4].Kind == TokenKind.EqualsEquals;
        if (!isLater && !isAny) return;
        words.RemoveRange(at, 6);
        string[] place = (isLater, isUnset) switch
        {
            (true, false) => ["later"],
            (true, true) => ["!=", "later"],
            (false, false) => ["!=", "none"],
            _ => ["none"],
        };
        words.InsertRange(at, [Word("ip"), Word("frag"), .. place.Select(Word)]);
    }

    private static bool Is(List<Token> words, int at, string text) => at < words.Count && words[at].IsWord(text);

    internal static Token Word(string text) => new(TokenKind.Word, default, text);
}
