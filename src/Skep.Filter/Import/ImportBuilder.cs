using Skep.Filter.Check;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>The packets that a table of netfilter sees.</summary>
internal enum ImportFamily
{
    Ip,
    Ip6,
    Inet,
    Any,
}

/// <summary>Puts an imported table together, rule by rule, each held against the checker.</summary>
internal sealed class ImportBuilder(string name)
{
    private readonly Dictionary<string, Set?> _sets = [];
    private readonly List<Rule> _rules = [];
    private readonly List<ImportNote> _notes = [];
    private readonly HashSet<string> _doubtfulSets = [];
    private readonly RuleId _ids = new();
    private int _firstLostChain;
    private int _firstLostAccept;
    private bool _hasWarnedOfDrop;

    internal const string ForwardedReason = "XDP runs before routing and cannot tell forwarded packets from local ones, so the rules taken over meet forwarded packets too";
    internal const string TranslatedReason = "it changes addresses or ports before the rules taken over see them; here these see what arrives";

    internal void Note(int line, string text, string reason) => _notes.Add(new(line, text.Trim(), reason));

    /// <summary>Notes a rule that is not taken over.</summary>
    internal void Lose(int line, string text, string reason, bool mayAccept)
    {
        Note(line, text, reason);
        if (mayAccept && _firstLostAccept == 0) _firstLostAccept = line;
    }

    /// <summary>Notes a chain that accepts or changes packets which the rules taken over meet here and do not meet in netfilter.</summary>
    internal void LoseChain(int line, string text, string reason)
    {
        Note(line, text, reason);
        if (_firstLostChain == 0) _firstLostChain = line;
    }

    /// <summary>Says that not all that is done to a set is known.</summary>
    internal void DoubtSet(string setName) => _doubtfulSets.Add(setName);

    internal void AddSet(int line, string text, string setName)
    {
        if (_doubtfulSets.Contains(setName) || _sets.ContainsKey(setName))
        {
            _sets.Remove(setName);
            _doubtfulSets.Add(setName);
            Note(line, $"set {setName}", "its elements are stated in several places, which are not joined (give what nft list ruleset prints once it is loaded)");
            return;
        }
        var file = RuleFile.Read(new SourceText("import", $"table x {{\n{text}\n}}\n"));
        if (file.Table is { Sets: [var set] }) _sets[set.Name] = set with { Line = 0 };
        else Note(line, $"set {setName}", file.Diagnostics.First(d => d.Severity == Severity.Error).Message);
    }

    /// <summary>Adds a rule, narrowed to the packets that its family sees.</summary>
    internal void AddRule(int line, string original, string text, ImportFamily family, bool mayAccept)
    {
        var source = new SourceText("import", text);
        var diagnostics = new DiagnosticBag();
        var syntax = Parser.ParseLoneRule(source, Lexer.Read(source, diagnostics).Tokens, diagnostics);
        var rule = syntax is null || diagnostics.HasErrors ? null : new RuleChecker(source, diagnostics, _sets).Check(syntax);
        if (rule is null)
        {
            var error = diagnostics.InOrder().First(d => d.Severity == Severity.Error);
            Lose(line, original, error.Suggestion is null ? error.Message : $"{error.Message} ({error.Suggestion})", mayAccept);
            return;
        }
        WarnOfDrop(line, original, rule);
        _rules.Add(_ids.Assign(Narrow(rule, family)));
    }

    /// <summary>Ends the table with the chain's policy.</summary>
    internal ImportResult Build(bool dropsByPolicy, int policyLine, ImportFamily family, string? failure)
    {
        var lost = _firstLostAccept > 0 ? _firstLostAccept : _firstLostChain;
        if (dropsByPolicy && lost > 0)
        {
            Note(policyLine, "policy drop", $"left out: line {lost} may accept packets and is not taken over, so dropping the rest would drop those too (add the policy when the rules are complete)");
        }
        else if (dropsByPolicy)
        {
            // ARP and the like never come to netfilter's IP chains, and must not be dropped by what stands for their policy.
            _rules.Add(_ids.Assign(Narrow(new Rule("", [], null, [], new(VerdictKind.Drop), "policy"), family)));
        }
        var table = new Table(name, [], AttachMode.Auto, VerdictKind.Pass, null, [.. _sets.Values.OfType<Set>()], [.. _rules]);
        return new(table, [.. _notes.OrderBy(n => n.Line)], failure);
    }

    private void WarnOfDrop(int line, string original, Rule rule)
    {
        if (_firstLostAccept == 0 || _hasWarnedOfDrop || rule.Verdict.Kind != VerdictKind.Drop) return;
        _hasWarnedOfDrop = true;
        Note(line, original, $"taken over, but line {_firstLostAccept} before it may accept packets that this and later rules drop now");
    }

    private static Rule Narrow(Rule rule, ImportFamily family)
    {
        var headers = HeaderRelations.Close(rule.NamedHeaders());
        var isNarrow = family switch
        {
            ImportFamily.Ip => headers.Contains(Header.Ip),
            ImportFamily.Ip6 => headers.Contains(Header.Ip6),
            ImportFamily.Inet => headers.Contains(Header.Network),
            _ => true,
        };
        if (isNarrow) return rule;
        var elements = new ElementListBuilder(1);
        if (family != ImportFamily.Ip6) elements.Add([new(2, 2)], null);
        if (family != ImportFamily.Ip) elements.Add([new(10, 10)], null);
        return rule with { Matches = [new ValuesMatch([Field.MetaNfproto], false, elements.Build()), .. rule.Matches] };
    }
}
