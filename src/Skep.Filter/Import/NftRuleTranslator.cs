using System;
using Skep.Filter.Format;
using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>
/// Translates a rule of nft. A rule with a verdict map, or with a transport header of several protocols, becomes several.
/// </summary>
internal sealed class NftRuleTranslator(SourceText source, ImportFamily family, IReadOnlyCollection<string> devices,
    Func<string, List<Token>?> findMap)
{
    private const string VlanNote = "vlan means the outermost tag here, of 802.1ad as well as of 802.1Q";

    // Each is taken out, or put another in its place, with a copy of all that is behind it.
    private const int MostRewritten = 256;

    private const string TooLong = "it is too long to be rewritten (write it as several rules, or with a named set)";
    private const string TooMany = "the file's rules make too many, with a rule for each element of their verdict maps";

    private int _made;

    /// <summary>Translates a rule.</summary>
    /// <param name="line">Its line.</param>
    /// <param name="tokens">Its words.</param>
    /// <returns>One or more rules; their order is of no account.</returns>
    internal IReadOnlyList<ImportedRule> Translate(int line, List<Token> tokens)
    {
        var original = ImportBuilder.Shorten(source.Slice(tokens[0].Span.To(tokens[^1].Span)));
        List<ImportedRule> rules = [];
        if (tokens.Count > MostRewritten && tokens.Count(IsRewritten) > MostRewritten)
            return [new(line, original, ImportedOutcome.Continue) { Reason = TooLong, MayAccept = RuleRewriter.MayAccept(tokens) }];
        foreach (var (ported, portReason) in TransportHeader.Expand([.. tokens]))
        {
            foreach (var (part, mapReason) in VerdictMap.Expand(ported, findMap))
            {
                if (rules.Count > 0 && ++_made > ChainFlattener.MostRules)
                    return [new(line, original, ImportedOutcome.Continue) { Reason = TooMany, MayAccept = RuleRewriter.MayAccept(tokens) }];
                rules.Add(TranslateOne(line, original, part, portReason ?? mapReason));
            }
        }
        return rules;
    }

    private static bool IsRewritten(Token token) =>
        token is { Kind: TokenKind.CloseBrace }
            or
        {
            Kind: TokenKind.Word,
            Text: "counter" or "prefix" or "level" or "group" or "flags" or "snaplen" or "queue-threshold" or "iif" or "iifname"
                    or "ether" or "frag-off"
        };

    /// <summary>Writes words as text.</summary>
    internal static string Write(IEnumerable<Token> words) =>
        string.Join(' ', words.Select(t => t.Kind == TokenKind.String ? RuleFormatter.Quote(t.Text) : t.Text))
            .Replace("@ ", "@", StringComparison.Ordinal);

    private ImportedRule TranslateOne(int line, string original, List<Token> words, string? refusal)
    {
        var mayAccept = RuleRewriter.MayAccept(words);
        var foreign = TranslateInterfaces(words);
        var (outcome, at, target) = OutcomeOf(words);
        var rule = new ImportedRule(line, original, outcome) { Target = target, MayAccept = mayAccept, Reason = refusal };
        if (foreign is not null) return rule with { Reason = foreign, NeverMatches = foreign != InterfaceMatch.Unknown };
        if (refusal is not null) return rule;
        if (outcome is ImportedOutcome.Jump or ImportedOutcome.Goto && target is null)
            return rule with { Reason = "a chain without a name is not followed (give it a name)" };
        if (outcome is ImportedOutcome.Jump or ImportedOutcome.Goto) words.RemoveAt(at + 1);
        if (outcome is ImportedOutcome.Jump or ImportedOutcome.Goto or ImportedOutcome.Return) words[at] = RuleRewriter.Word("continue");
        if (outcome == ImportedOutcome.Reject)
        {
            var comment = words.FindIndex(at, w => w.IsWord("comment"));
            words.RemoveRange(at, (comment < 0 ? words.Count : comment) - at);
            words.Insert(at, RuleRewriter.Word("continue"));
            rule = rule with { Reason = "XDP cannot answer with an ICMP error or a TCP reset (write drop where no answer will do)" };
        }
        var matchesTag = RuleRewriter.MatchesTag(words);
        if (RuleRewriter.Rewrite(words, family) is { } reason) return rule with { Reason = reason };
        return rule with { Text = Write(words), Reason = rule.Reason ?? (matchesTag ? VlanNote : null) };
    }

    private static (ImportedOutcome Outcome, int At, string? Target) OutcomeOf(List<Token> words)
    {
        var depth = 0;
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i].Kind == TokenKind.OpenBrace) depth++;
            else if (words[i].Kind == TokenKind.CloseBrace) depth--;
            if (depth > 0 || words[i].Kind != TokenKind.Word || (i > 0 && words[i - 1].Kind == TokenKind.At)) continue;
            ImportedOutcome? outcome = words[i].Text switch
            {
                "accept" => ImportedOutcome.Accept,
                "drop" => ImportedOutcome.Drop,
                "reject" => ImportedOutcome.Reject,
                "jump" => ImportedOutcome.Jump,
                "goto" => ImportedOutcome.Goto,
                "return" => ImportedOutcome.Return,
                _ => null,
            };
            if (outcome is not { } found) continue;
            var isCall = found is ImportedOutcome.Jump or ImportedOutcome.Goto;
            return (found, i, isCall && i + 1 < words.Count && words[i + 1].Kind is TokenKind.Word or TokenKind.String
                ? words[i + 1].Text : null);
        }
        return (ImportedOutcome.Continue, -1, null);
    }

    /// <summary>
    /// Takes out the matches of the input interface that hold for all packets of the table's devices, and writes those that hold for some
    /// of them by the names of these.
    /// </summary>
    /// <returns>Why the rule is left out, or null.</returns>
    private string? TranslateInterfaces(List<Token> words)
    {
        for (var i = 0; i + 1 < words.Count; i++)
        {
            if (words[i].Kind != TokenKind.Word || words[i].Text is not ("iif" or "iifname")) continue;
            var start = i > 0 && words[i - 1].IsWord("meta") ? i - 1 : i;
            var negated = words[i + 1].Kind == TokenKind.NotEquals;
            var at = negated || words[i + 1].Kind == TokenKind.EqualsEquals ? i + 2 : i + 1;
            var isSet = at < words.Count && words[at].Kind == TokenKind.OpenBrace;
            var end = isSet ? words.FindIndex(at, w => w.Kind == TokenKind.CloseBrace) : at;
            if (end < 0 || end >= words.Count || words[at].Kind is TokenKind.At or TokenKind.Dot
                || (start > 0 && words[start - 1].Kind == TokenKind.Dot)
                || (end + 1 < words.Count && words[end + 1].Kind == TokenKind.Dot)) return InterfaceMatch.Unknown;
            var names =
                (isSet ? words[(at + 1)..end] : words[at..(end + 1)]).Where(w => w.Kind is TokenKind.Word or TokenKind.String)
                    .Select(w => w.Text).ToList();
            if (names.Contains("vmap")) return InterfaceMatch.Unknown;
            var match = InterfaceMatch.Of(names, negated, devices);
            if (match.IsNever) return InterfaceMatch.OtherDevices(devices);
            if (match is { IsAlways: false, Devices: null }) return InterfaceMatch.Unknown;
            words.RemoveRange(start, end + 1 - start);
            i = start - 1;
            if (match.IsAlways) continue;
            var written =
                Lexer.ReadAll(new SourceText("interfaces", match.Text)).Where(t => t.Kind != TokenKind.End)
                    .ToList();
            words.InsertRange(start, written);
            i += written.Count;
        }
        return null;
    }
}
