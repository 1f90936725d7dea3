using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Packets.Values;

namespace Skep.Filter.Import;

/// <summary>Writes the sets of nft in the rule language.</summary>
internal static class NftSets
{
    internal static string Write(string name, List<Token> body)
    {
        var lines = new List<string>();
        foreach (var statement in NftReader.Split(body))
        {
            if (statement[0].Text is "auto-merge" or "gc-interval" or "policy") continue;
            var words = statement.ToList();
            if (words[0].IsWord("flags"))
            {
                var flags =
                    words.Skip(1).Where(t => t.Kind == TokenKind.Word && t.Text is not ("constant" or "dynamic")).Select(t => t.Text)
                        .ToList();
                if (flags.Count > 0) lines.Add("flags " + string.Join(", ", flags));
                continue;
            }
            if (words[0].IsWord("counter"))
            {
                lines.Add("counter");
                continue;
            }
            if (words[0].IsWord("typeof")) words = TypeOf(words) ?? words;
            RemoveElementState(words);
            RuleRewriter.Unquote(words);
            lines.Add(NftRuleTranslator.Write(words));
        }
        return $"set {name} {{\n{string.Join('\n', lines)}\n}}";
    }

    /// <summary>Takes out what nft lists of an element's past: when it expires and what it counted.</summary>
    internal static void RemoveElementState(List<Token> words)
    {
        var kept = 0;
        for (var i = 0; i < words.Count; i++)
        {
            var length = words[i].Text switch { "expires" or "comment" => 2, "counter" => HasCounts(words, i) ? 5 : 1, _ => 0 };
            if (length > 0 && kept > 0 && words[i].Kind == TokenKind.Word) i += length - 1;
            else words[kept++] = words[i];
        }
        words.RemoveRange(kept, words.Count - kept);
    }

    // "counter packets N bytes N", and "counter" of one that has counted nothing.
    private static bool HasCounts(List<Token> words, int at) =>
        at + 4 < words.Count && words[at + 1].IsWord("packets") && words[at + 3].IsWord("bytes");

    /// <summary>Writes <c>typeof ip saddr . tcp dport</c> as a type; null when a field has none.</summary>
    private static List<Token>? TypeOf(List<Token> words)
    {
        List<Token> type = [RuleRewriter.Word("type")];
        for (var i = 1; i + 1 < words.Count; i += 3)
        {
            if (i > 1 && words[i - 1].Kind != TokenKind.Dot) return null;
            var first = words[i].Text == "th" ? "tcp" : words[i].Text;
            if (FieldInfo.Find($"{first} {words[i + 1].Text}") is not { } field || DataTypeInfo.NameOf(field.Type) is not { } name)
                return null;
            if (i > 1) type.Add(words[i - 1]);
            type.Add(RuleRewriter.Word(name));
        }
        return type.Count > 1 ? type : null;
    }
}
