using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>A chain of nft, its parts put together.</summary>
internal sealed class NftChain(int line, string table, string name, ImportFamily family)
{
    internal int Line => line;
    internal string Table => table;
    internal string Name => name;
    internal ImportFamily Family => family;
    internal string? Type { get; set; }
    internal string? Hook { get; set; }
    internal bool Drops { get; set; }
    internal List<(int Line, List<Token> Tokens)> Rules { get; } = [];

    internal bool MayAccept => Rules.Exists(r => RuleRewriter.MayAccept(r.Tokens));
}

/// <summary>A set of nft, as it is written.</summary>
internal sealed record NftSet(int Line, string Table, string Name, List<Token> Body);

/// <summary>A map of nft whose values are verdicts.</summary>
internal sealed record NftMap(int Line, string Table, string Name, List<Token> Elements);

/// <summary>
/// Reads what nft lists, or a file for <c>nft -f</c>, into chains and sets; notes every other statement that means something.
/// </summary>
internal sealed class NftReader
{
    // Variables of variables grow exponentially.
    private const int MostExpandedWords = 1 << 18;

    private const string Listing = "give what nft list ruleset prints once it is loaded";

    private readonly SourceText _source;
    private readonly List<Token> _tokens;
    private readonly ImportBuilder _builder;
    private readonly Dictionary<string, List<Token>> _variables = [];
    private readonly Dictionary<(string Table, string Name), NftChain> _chains = [];
    private readonly Dictionary<(string Table, string Name), List<NftMap>> _maps = [];
    private int _at;
    private int _expandedWords;

    internal NftReader(SourceText source, ImportBuilder builder)
    {
        _source = source;
        _tokens = Lexer.ReadAll(source, hasEscapes: false);
        _builder = builder;
    }

    /// <summary>The first word of the file; empty where it begins otherwise.</summary>
    internal string FirstWord =>
        _tokens.Find(token => token.Kind != TokenKind.Separator) is { Kind: TokenKind.Word } first ? first.Text : "";

    internal List<NftChain> Chains { get; } = [];

    internal List<NftSet> Sets { get; } = [];

    internal List<NftMap> Maps { get; } = [];

    internal void Read()
    {
        while (TakeStatement() is { } statement)
        {
            if (statement.Count == 0) continue;
            var words =
                statement[0].Text is "add" or "create" && statement.Count > 1 && statement[1].IsWord("table") ? statement[1..] : statement;
            if (words[0].IsWord("table")) ReadTable(words);
            else if (words[0].Text is "delete" or "destroy" or "flush" && Chains.Count == 0 && Sets.Count == 0) continue;
            else ReadOther(statement);
        }
    }

    /// <summary>Takes the words up to the end of the line or a semicolon, or behind a block in braces; null at the end.</summary>
    private List<Token>? TakeStatement()
    {
        if (_tokens[_at].Kind == TokenKind.End) return null;
        var statement = new List<Token>();
        var depth = 0;
        while (_tokens[_at].Kind != TokenKind.End)
        {
            var token = _tokens[_at++];
            if (token.Kind == TokenKind.Separator && depth == 0) break;
            statement.Add(token);
            if (token.Kind == TokenKind.OpenBrace) depth++;
            else if (token.Kind == TokenKind.CloseBrace) depth = Math.Max(0, depth - 1);
            if (token.Kind == TokenKind.CloseBrace && depth == 0 && statement.Take(2).Any(t => t.IsWord("table"))) break;
        }
        return statement;
    }

    private void ReadTable(List<Token> statement)
    {
        var open = statement.FindIndex(t => t.Kind == TokenKind.OpenBrace);
        if (open < 0) return;
        var family = open > 2 ? statement[1].Text : "ip";
        var table = $"{family} {statement[open - 1].Text}";
        if (family is "arp" or "bridge")
        {
            _builder.Note(LineOf(statement[0]), $"table {table}", $"chains of {family} see other packets than XDP does");
            return;
        }
        var sees =
            family switch { "ip6" => ImportFamily.Ip6, "inet" => ImportFamily.Inet, "netdev" => ImportFamily.Any, _ => ImportFamily.Ip };
        var parts = Split(Body(statement, open), keepsLines: true).ToList();
        if (parts.Exists(p => p[0].IsWord("flags") && p.Exists(t => t.IsWord("dormant"))))
        {
            _builder.Note(LineOf(statement[0]), $"table {table}", "it is dormant: its chains see no packets");
            return;
        }
        foreach (var part in parts) ReadPart(part, table, sees);
    }

    private void ReadPart(List<Token> part, string table, ImportFamily family)
    {
        var open = part.FindIndex(t => t.Kind == TokenKind.OpenBrace);
        var line = LineOf(part[0]);
        if (part[0].IsWord("chain") && open > 1) ReadChain(Chain(line, table, part[1].Text, family), Body(part, open));
        else if (part[0].IsWord("set") && open > 1) Sets.Add(new(line, table, part[1].Text, Substitute(Body(part, open))));
        else if (part[0].IsWord("map") && open > 1) ReadMap(new(line, table, part[1].Text, []), Substitute(Body(part, open)));
        else if (open > 1 && part[0].Kind == TokenKind.Word && !part[0].IsWord("define"))
            _builder.Note(line, $"{part[0].Text} {part[open - 1].Text}", $"there is no {part[0].Text} in a table");
        else if (part[0].Text is not ("flags" or "comment")) ReadOther(part);
    }

    private void ReadMap(NftMap map, List<Token> body)
    {
        foreach (var statement in Split(body))
        {
            if (statement.Count < 3 || !statement[0].IsWord("elements")
                || statement.FindIndex(t => t.Kind == TokenKind.OpenBrace) is not (> 0 and var open)) continue;
            map.Elements.AddRange(statement[(open + 1)..(statement[^1].Kind == TokenKind.CloseBrace ? ^1 : ^0)]);
        }
        Maps.Add(map);
        if (!_maps.TryAdd((map.Table, map.Name), [map])) _maps[(map.Table, map.Name)].Add(map);
    }

    /// <summary>The map of a name; null when there is none, or several.</summary>
    internal NftMap? FindMap(string table, string name) => _maps.GetValueOrDefault((table, name)) is [var only] ? only : null;

    private NftChain Chain(int line, string table, string name, ImportFamily family)
    {
        if (_chains.TryGetValue((table, name), out var known)) return known;
        Chains.Add(new(line, table, name, family));
        return _chains[(table, name)] = Chains[^1];
    }

    private void ReadChain(NftChain chain, List<Token> body)
    {
        foreach (var written in Split(body))
        {
            var statement = Substitute(written);
            if (statement.Count == 0) continue;
            var second = statement.Count > 1 ? statement[1].Text : "";
            if (statement[0].IsWord("type") && statement.Count > 3 && statement[2].IsWord("hook"))
            {
                (chain.Type, chain.Hook) = (second, statement[3].Text);
                if (statement.FindIndex(t => t.IsWord("policy")) is > 0 and var at && at + 1 < statement.Count)
                    chain.Drops = statement[at + 1].IsWord("drop");
            }
            else if (statement[0].IsWord("policy")) chain.Drops = second == "drop";
            else if (statement[0].Text is "include" or "define" or "redefine") ReadOther(statement);
            else if (statement[0].Text is not ("comment" or "device" or "devices" or "flags"))
                chain.Rules.Add((LineOf(statement[0]), statement));
        }
    }

    private void ReadOther(List<Token> statement)
    {
        if (statement[0].Text is "define" or "redefine" && statement.Count > 3 && statement[2].Kind == TokenKind.Equals)
        {
            var value = Substitute([.. statement.Skip(3).Where(t => t.Kind != TokenKind.Separator)]);
            if (value is [.., { Kind: TokenKind.Comma }, { Kind: TokenKind.CloseBrace }]) value.RemoveAt(value.Count - 2);
            _variables[statement[1].Text] = value;
            return;
        }
        var text = ImportBuilder.Shorten(_source.Slice(statement[0].Span.To(statement[^1].Span)));
        var end = text.IndexOf('\n');
        var reason = statement[0].Text switch
        {
            "include" => $"other files are not read ({Listing})",
            "add" or "create" or "insert" or "replace" or "delete" or "destroy" or "flush" or "reset" or "rename" =>
                $"commands are not carried out ({Listing})",
            _ => $"it is not understood ({Listing})",
        };
        _builder.Lose(LineOf(statement[0]), end < 0 ? text : text[..end], reason,
            statement[0].Text is not ("delete" or "destroy" or "flush" or "reset"));
        if (statement.Count > 2 && statement[1].IsWord("element")
            && statement.FindIndex(t => t.Kind == TokenKind.OpenBrace) is > 2 and var open) _builder.DoubtSet(statement[open - 1].Text);
    }

    /// <summary>
    /// Puts values in the place of variables. A variable that is not defined, or is more than can be expanded, stays, and makes the rule
    /// refused.
    /// </summary>
    private List<Token> Substitute(List<Token> written)
    {
        if (_variables.Count == 0) return written;
        var result = new List<Token>();
        var depth = 0;
        for (var i = 0; i < written.Count; i++)
        {
            if (written[i].Kind == TokenKind.OpenBrace) depth++;
            else if (written[i].Kind == TokenKind.CloseBrace) depth--;
            var isVariable = written[i] is { Kind: TokenKind.Unknown, Text: "$" } && i + 1 < written.Count;
            if (!isVariable || !_variables.TryGetValue(written[i + 1].Text, out var value) || _expandedWords
                + value.Count > MostExpandedWords)
            {
                result.Add(written[i]);
                continue;
            }
            _expandedWords += value.Count;
            var isSet = value is [{ Kind: TokenKind.OpenBrace }, .., { Kind: TokenKind.CloseBrace }];
            var place = written[i].Span.To(written[++i].Span);
            result.AddRange((isSet && depth > 0 ? value[1..^1] : value).Select(t => t with { Span = place }));
        }
        return result;
    }

    private static List<Token> Body(List<Token> statement, int open) =>
        statement[(open + 1)..(statement[^1].Kind == TokenKind.CloseBrace ? ^1 : ^0)];

    /// <summary>Cuts a block into its statements.</summary>
    /// <param name="body">What is within the braces.</param>
    /// <param name="keepsLines">Whether the ends of lines within inner blocks stay.</param>
    internal static IEnumerable<List<Token>> Split(List<Token> body, bool keepsLines = false)
    {
        var statement = new List<Token>();
        var depth = 0;
        foreach (var token in body)
        {
            if (token.Kind == TokenKind.OpenBrace) depth++;
            if (token.Kind == TokenKind.CloseBrace) depth--;
            if (token.Kind != TokenKind.Separator || (keepsLines && depth > 0)) statement.Add(token);
            else if (depth == 0 && statement.Count > 0)
            {
                yield return statement;
                statement = [];
            }
        }
        if (statement.Count > 0) yield return statement;
    }

    private int LineOf(Token token) => _source.PositionOf(token.Span.Start).Line;
}
