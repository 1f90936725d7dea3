using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>Turns the words of a rule of nft into those of a rule here, where the meaning is the same.</summary>
internal static class RuleRewriter
{
    internal static void Rewrite(List<Token> words)
    {
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
                    words.RemoveRange(i--, Math.Min(counted, words.Count - i - 1));
                    break;
                case "log":
                    while (i + 2 < words.Count && words[i + 1].Text is "prefix" or "level" or "group" or "flags" or "snaplen" or "queue-threshold") words.RemoveRange(i + 1, 2);
                    break;
                case "ip" when Is(words, i + 1, "frag-off") && i + 5 < words.Count && words[i + 2].Kind == TokenKind.Ampersand && Is(words, i + 5, "0"):
                    RewriteFragment(words, i);
                    break;
                case "ether" when Is(words, i + 1, "type") && words.Count > i + 2 && words[i + 2].Text is "8021q" or "vlan" or "0x8100":
                    words.RemoveRange(i, 3);
                    words.InsertRange(i, [Word("vlan"), Word("id"), Word("0-4095")]);
                    break;
            }
        }
    }

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

    private static Token Word(string text) => new(TokenKind.Word, default, text);
}
