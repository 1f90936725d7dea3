using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>Imports what <c>nft list ruleset</c> or <c>nft list table</c> prints.</summary>
public sealed class NftImporter
{
    private static readonly string[] Hooks = ["input", "prerouting", "ingress"];

    private readonly SourceText _source;
    private readonly NftReader _reader;
    private readonly ImportBuilder _builder;

    private NftImporter(SourceText source, string table)
    {
        _source = source;
        _builder = new(table);
        _reader = new(source, _builder);
    }

    /// <summary>Imports rules. The first filter chain on the way in is taken: input, or else prerouting, or else ingress.</summary>
    /// <param name="text">What nft printed, or a file for <c>nft -f</c>.</param>
    /// <param name="table">The name for the table.</param>
    /// <returns>The table and what is not in it. No text makes it throw.</returns>
    public static ImportResult Import(string text, string table)
    {
        var importer = new NftImporter(new SourceText("nft", text), table);
        importer._reader.Read();
        return importer.Build();
    }

    private ImportResult Build()
    {
        var chains = _reader.Chains;
        var chain = Hooks.Select(h => chains.Find(c => c.Hook == h && c.Type == "filter")).FirstOrDefault(c => c is not null);
        foreach (var other in chains.Where(c => c != chain)) NoteChain(other, chain);
        if (chain is null) return _builder.Build(false, 0, ImportFamily.Any, "no filter chain of the hooks input, prerouting or ingress is in it (give what nft list ruleset prints)");
        foreach (var set in _reader.Sets.Where(s => s.Table == chain.Table)) _builder.AddSet(set.Line, WriteSet(set.Name, set.Body), set.Name);
        foreach (var (line, tokens) in chain.Rules) AddRule(line, tokens, chain.Family);
        return _builder.Build(chain.Drops, chain.Line, chain.Family, null);
    }

    private void NoteChain(NftChain other, NftChain? taken)
    {
        var text = $"chain {other.Name} ({other.Rules.Count} rules)";
        var (reason, meetsOthers) = (other.Hook, other.Type) switch
        {
            (null, _) => ("there are no chains to jump to", false),
            ("output" or "postrouting", _) => ("XDP sees received packets only", false),
            ("forward", _) => (ImportBuilder.ForwardedReason, other.Rules.Count > 0 && (!other.Drops || other.MayAccept)),
            (_, "nat") => (ImportBuilder.TranslatedReason, other.Rules.Count > 0),
            (_, not "filter") => ($"a chain of type {other.Type} changes what XDP does not know", false),
            _ => ("one chain is taken over; accept in one chain is not the end for others, so they cannot be joined", false),
        };
        if (taken?.Hook is "input" or "prerouting" && meetsOthers) _builder.LoseChain(other.Line, text, reason);
        else _builder.Note(other.Line, text, reason);
    }

    private string WriteSet(string name, List<Token> body)
    {
        var lines = new List<string>();
        foreach (var statement in NftReader.Split(body))
        {
            if (statement[0].IsWord("auto-merge") || statement[0].IsWord("gc-interval") || statement[0].IsWord("policy") || statement[0].IsWord("counter")) continue;
            var words = statement.ToList();
            if (words[0].IsWord("flags"))
            {
                var flags = words.Skip(1).Where(t => t.Kind == TokenKind.Word && t.Text is not ("constant" or "dynamic")).Select(t => t.Text).ToList();
                if (flags.Count > 0) lines.Add("flags " + string.Join(", ", flags));
                continue;
            }
            RemoveElementState(words);
            lines.Add(Write(words));
        }
        return $"set {name} {{\n{string.Join('\n', lines)}\n}}";
    }

    /// <summary>Takes out what nft lists of an element's past: when it expires and what it counted.</summary>
    private static void RemoveElementState(List<Token> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            var length = words[i].Text switch { "expires" or "comment" => 2, "counter" => 5, _ => 0 };
            if (length > 0 && i > 0 && words[i].Kind == TokenKind.Word) words.RemoveRange(i--, Math.Min(length, words.Count - i - 1));
        }
    }

    private void AddRule(int line, List<Token> tokens, ImportFamily family)
    {
        var original = _source.Slice(tokens[0].Span.To(tokens[^1].Span));
        var mayAccept = RuleRewriter.MayAccept(tokens);
        var words = new List<Token>(tokens);
        if (words.Zip(words.Skip(1)).Any(pair => pair.First.IsWord("vlan") && (pair.Second.IsWord("id") || pair.Second.IsWord("pcp")))) _builder.Note(line, original, "vlan means the outermost tag here, of 802.1ad as well as of 802.1Q");
        if (RuleRewriter.Rewrite(words) is { } reason) _builder.Lose(line, original, reason, mayAccept);
        else _builder.AddRule(line, original, Write(words), family, mayAccept);
    }

    private static string Write(IEnumerable<Token> words) =>
        string.Join(' ', words.Select(t => t.Kind == TokenKind.String ? Format.RuleFormatter.Quote(t.Text) : t.Text)).Replace("@ ", "@", StringComparison.Ordinal);
}
