using System;
using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>Writes a rule with a verdict map of nft as one rule per element. Keys do not overlap, so the order is of no account.</summary>
internal static class VerdictMap
{
    private const int MostWords = 1 << 21;

    private static readonly string[] Verdicts = ["accept", "drop", "jump", "goto", "return", "continue", "queue"];

    /// <summary>Expands a rule.</summary>
    /// <param name="words">The rule.</param>
    /// <param name="findMap">Finds the elements of a named map.</param>
    /// <returns>The rules, each with the reason why it is left out, or null.</returns>
    internal static IEnumerable<(List<Token> Words, string? Reason)> Expand(List<Token> words, Func<string, List<Token>?> findMap)
    {
        var at = words.FindIndex(w => w.IsWord("vmap"));
        if (at < 0) return [(words, null)];
        List<Token>? elements;
        int end;
        if (at + 2 < words.Count && words[at + 1].Kind == TokenKind.At)
        {
            elements = findMap(words[at + 2].Text);
            end = at + 3;
            if (elements is null) return [(words, $"the elements of the map {words[at + 2].Text} are not known")];
        }
        else
        {
            end = words.FindIndex(at, w => w.Kind == TokenKind.CloseBrace) + 1;
            if (end == 0 || words[at + 1].Kind != TokenKind.OpenBrace) return [(words, "the verdict map is not understood")];
            elements = words[(at + 2)..(end - 1)];
        }
        var before = words[..at];
        var behind = words[end..];
        if ((long)(before.Count + behind.Count) * (elements.Count + 1) > MostWords)
            return [(words, "the verdict map makes too many rules of so long a rule")];
        return Split(elements).Select(element => Join(before, element, behind));
    }

    private static (List<Token> Words, string? Reason) Join(List<Token> before, List<Token> element, List<Token> behind)
    {
        var (key, verdict) = Cut(element);
        NftSets.RemoveElementState(key);
        List<Token> words = [.. before, .. key, .. verdict, .. behind];
        if (verdict.Count == 0)
            return ([.. before, RuleRewriter.Word("vmap"), .. element], "an element of the verdict map is not understood");
        return (words, key is [{ Text: "*" }] ? "the element * of a verdict map stands for all other keys (write a rule behind it)" : null);
    }

    /// <summary>Cuts an element at its colon, which may be part of a word.</summary>
    private static (List<Token> Key, List<Token> Verdict) Cut(List<Token> element)
    {
        for (var i = 0; i < element.Count; i++)
        {
            var word = element[i];
            if (word.Kind != TokenKind.Word) continue;
            var colon = word.Text.LastIndexOf(':');
            if (colon < 0) continue;
            var rest = word.Text[(colon + 1)..];
            if (rest.Length > 0 ? !Verdicts.Contains(rest) : i + 1 >= element.Count || !Verdicts.Contains(element[i + 1].Text)) continue;
            List<Token> key = [.. element[..i]];
            if (colon > 0) key.Add(new(word.Kind, word.Span, word.Text[..colon]));
            List<Token> verdict = [.. element[(i + 1)..]];
            if (rest.Length > 0) verdict.Insert(0, new(word.Kind, word.Span, rest));
            return (key, verdict);
        }
        return (element, []);
    }

    private static IEnumerable<List<Token>> Split(List<Token> elements)
    {
        List<Token> element = [];
        foreach (var token in elements)
        {
            if (token.Kind == TokenKind.Separator) continue;
            if (token.Kind != TokenKind.Comma)
            {
                element.Add(token);
                continue;
            }
            if (element.Count > 0) yield return element;
            element = [];
        }
        if (element.Count > 0) yield return element;
    }
}
