using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>Imports what <c>nft list ruleset</c> or <c>nft list table</c> prints.</summary>
public sealed class NftImporter
{
    private static readonly string[] Hooks = ["input", "prerouting", "ingress"];

    private readonly SourceText _source;
    private readonly List<Token> _tokens;
    private readonly ImportBuilder _builder;
    private readonly List<Chain> _chains = [];
    private int _at;

    private NftImporter(SourceText source, string table)
    {
        _source = source;
        _tokens = Lexer.Read(source, new DiagnosticBag()).Tokens;
        _builder = new(table);
    }

    private sealed record Chain(int Line, string Name, ImportFamily Family, string? Type, string? Hook, bool Drops, List<(int Line, List<Token> Tokens)> Rules);

    /// <summary>Imports rules. The first filter chain on the way in is taken: input, or else prerouting, or else ingress.</summary>
    /// <param name="text">What nft printed.</param>
    /// <param name="table">The name for the table.</param>
    /// <returns>The table and what is not in it. No text makes it throw.</returns>
    public static ImportResult Import(string text, string table)
    {
        var importer = new NftImporter(new SourceText("nft", text), table);
        importer.ReadTables();
        return importer.Build();
    }

    private Token Current => _tokens[_at];

    private ImportResult Build()
    {
        var chain = Hooks.Select(h => _chains.Find(c => c.Hook == h && c.Type == "filter")).FirstOrDefault(c => c is not null);
        foreach (var other in _chains.Where(c => c != chain))
        {
            var reason = other.Hook switch
            {
                null => "there are no chains to jump to",
                "output" or "postrouting" => "XDP sees received packets only",
                "forward" => "XDP runs before routing and cannot tell forwarded packets from local ones",
                _ when other.Type != "filter" => $"a chain of type {other.Type} changes what XDP does not know",
                _ => "one chain is taken over; accept in one chain is not the end for others, so they cannot be joined",
            };
            _builder.Note(other.Line, $"chain {other.Name} ({other.Rules.Count} rules)", reason);
        }
        if (chain is null) return _builder.Build(false, 0, ImportFamily.Any);
        foreach (var (line, tokens) in chain.Rules) AddRule(line, tokens, chain.Family);
        return _builder.Build(chain.Drops, chain.Line, chain.Family);
    }

    private void ReadTables()
    {
        while (Current.Kind != TokenKind.End)
        {
            if (!Take().IsWord("table")) continue;
            var head = Current;
            var family = head.Text switch
            {
                "ip6" => ImportFamily.Ip6,
                "inet" => ImportFamily.Inet,
                "netdev" => ImportFamily.Any,
                _ => ImportFamily.Ip,
            };
            while (Current.Kind is not (TokenKind.OpenBrace or TokenKind.End)) _at++;
            if (head.Text is "arp" or "bridge")
            {
                TakeBlock();
                _builder.Note(LineOf(head), $"table {head.Text}", $"chains of {head.Text} see other packets than XDP does");
                continue;
            }
            _at = Math.Min(_at + 1, _tokens.Count - 1);
            ReadTable(family);
        }
    }

    private void ReadTable(ImportFamily family)
    {
        while (Current.Kind is not (TokenKind.CloseBrace or TokenKind.End))
        {
            var keyword = Take();
            if (keyword.Kind != TokenKind.Word) continue;
            var name = Take();
            while (Current.Kind is not (TokenKind.OpenBrace or TokenKind.Separator or TokenKind.CloseBrace or TokenKind.End)) _at++;
            if (Current.Kind != TokenKind.OpenBrace) continue;
            var body = TakeBlock();
            var line = LineOf(keyword);
            if (keyword.Text == "chain") _chains.Add(ReadChain(line, name.Text, family, body));
            else if (keyword.Text == "set") _builder.AddSet(line, WriteSet(name.Text, body), name.Text);
            else _builder.Note(line, $"{keyword.Text} {name.Text}", $"there is no {keyword.Text} in a table");
        }
        if (Current.Kind == TokenKind.CloseBrace) _at++;
    }

    /// <summary>Takes a block in braces, and gives what is within.</summary>
    private List<Token> TakeBlock()
    {
        var body = new List<Token>();
        var depth = 0;
        while (Current.Kind != TokenKind.End)
        {
            var token = Take();
            if (token.Kind == TokenKind.OpenBrace && depth++ == 0) continue;
            if (token.Kind == TokenKind.CloseBrace && --depth == 0) break;
            body.Add(token);
        }
        return body;
    }

    private Chain ReadChain(int line, string name, ImportFamily family, List<Token> body)
    {
        string? type = null, hook = null;
        var drops = false;
        var rules = new List<(int, List<Token>)>();
        foreach (var statement in Split(body))
        {
            if (statement[0].IsWord("type") && statement.Count > 3 && statement[2].IsWord("hook")) (type, hook) = (statement[1].Text, statement[3].Text);
            else if (statement[0].IsWord("policy")) drops = statement.Count > 1 && statement[1].IsWord("drop");
            else if (!statement[0].IsWord("comment")) rules.Add((LineOf(statement[0]), statement));
        }
        return new(line, name, family, type, hook, drops, rules);
    }

    private static IEnumerable<List<Token>> Split(List<Token> body)
    {
        var statement = new List<Token>();
        var depth = 0;
        foreach (var token in body)
        {
            if (token.Kind == TokenKind.OpenBrace) depth++;
            if (token.Kind == TokenKind.CloseBrace) depth--;
            if (token.Kind != TokenKind.Separator) statement.Add(token);
            else if (depth == 0 && statement.Count > 0)
            {
                yield return statement;
                statement = [];
            }
        }
        if (statement.Count > 0) yield return statement;
    }

    private string WriteSet(string name, List<Token> body)
    {
        var lines = new List<string>();
        foreach (var statement in Split(body))
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
        var words = new List<Token>(tokens);
        if (words.Exists(t => t.IsWord("length")) && words.FindIndex(t => t.IsWord("meta")) is >= 0 and var at && at + 1 < words.Count && words[at + 1].IsWord("length"))
        {
            _builder.Lose(line, original, "nft counts meta length from the IP header on, XDP from the Ethernet header on", original.Contains("accept", StringComparison.Ordinal));
            return;
        }
        RuleRewriter.Rewrite(words);
        _builder.AddRule(line, original, Write(words), family);
    }

    private static string Write(IEnumerable<Token> words) =>
        string.Join(' ', words.Select(t => t.Kind == TokenKind.String ? Format.RuleFormatter.Quote(t.Text) : t.Text)).Replace("@ ", "@", StringComparison.Ordinal);

    private int LineOf(Token token) => _source.PositionOf(token.Span.Start).Line;

    private Token Take() => _tokens[Current.Kind == TokenKind.End ? _at : _at++];
}
