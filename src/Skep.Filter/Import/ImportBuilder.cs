using System;
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
    private readonly List<(Rule Rule, bool IsPolicy)> _rules = [];
    private readonly List<ImportNote> _notes = [];
    private readonly HashSet<ImportNote> _noted = [];
    private readonly HashSet<string> _doubtfulSets = [];
    private readonly HashSet<(int Line, string Text)> _taken = [];
    private readonly HashSet<(int Line, string Text)> _lost = [];
    private const int MostShown = 400;

    private int _firstLostChain;
    private int _firstLostAccept;
    private bool _hasWarnedOfDrop;

    internal const string ForwardedReason =
        "XDP runs before routing and cannot distinguish forwarded packets from local ones, "
        + "so the imported rules apply to forwarded packets too";
    internal const string TranslatedReason =
        "it changes addresses or ports before the imported rules match; here they match packets as they arrive";

    /// <summary>How many rules that may accept packets are left out so far.</summary>
    internal int LostAccepts { get; private set; }

    /// <summary>The beginning of a statement that is too long to be shown.</summary>
    internal static string Shorten(string text) => text.Length <= MostShown ? text : text[..MostShown] + " ...";

    /// <summary>Makes a comment of a text; null when nothing is left of it.</summary>
    internal static string? AsComment(string text)
    {
        var comment = string.Concat(text.Where(c => !char.IsControl(c) && !char.IsSurrogate(c))).Trim();
        if (comment.Length > Names.MaxComment) comment = comment[..Names.MaxComment];
        return comment.Length == 0 ? null : comment;
    }

    internal void Note(int line, string text, string reason)
    {
        var note = new ImportNote(line, text.Trim(), reason);
        if (_noted.Add(note)) _notes.Add(note);
    }

    internal void Take(ImportedRule rule)
    {
        _taken.Add((rule.Line, rule.Original));
        if (rule.Reason is not null) Note(rule.Line, rule.Original, rule.Reason);
    }

    /// <summary>Notes a rule that no packet of the table's devices reaches or matches.</summary>
    internal void NeverReached(ImportedRule rule, string reason)
    {
        // Packets that return on a condition may have come to it.
        if (!_taken.Contains((rule.Line, rule.Original))) Note(rule.Line, rule.Original, reason);
    }

    /// <summary>Notes a rule that is left out.</summary>
    internal void Lose(ImportedRule rule, string reason, bool mayAccept) => Lose(rule.Line, rule.Original, reason, mayAccept);

    /// <summary>Notes a statement that is left out.</summary>
    internal void Lose(int line, string text, string reason, bool mayAccept)
    {
        Note(line, text, reason);
        _lost.Add((line, text));
        if (!mayAccept) return;
        LostAccepts++;
        if (_firstLostAccept == 0) _firstLostAccept = line;
    }

    /// <summary>Notes a chain that in netfilter accepts or changes packets before they reach the imported rules.</summary>
    internal void LoseChain(int line, string text, string reason)
    {
        Note(line, text, reason);
        if (_firstLostChain == 0) _firstLostChain = line;
    }

    /// <summary>Notes that a rule that drops all packets is left out, since a rule left out before it may have accepted some.</summary>
    internal void LeaveOutDrop(ImportedRule rule)
    {
        Note(rule.Line, rule.Original, LeftOut(_firstLostAccept, "it"));
        _lost.Add((rule.Line, rule.Original));
    }

    /// <summary>Records that not all that is done to a set is known.</summary>
    internal void DoubtSet(string setName) => _doubtfulSets.Add(setName);

    /// <summary>Whether not all that is done to a set or map is known.</summary>
    internal bool IsDoubtful(string setName) => _doubtfulSets.Contains(setName);

    internal void AddSet(int line, string text, string setName)
    {
        if (_doubtfulSets.Contains(setName) || _sets.ContainsKey(setName))
        {
            _sets.Remove(setName);
            _doubtfulSets.Add(setName);
            Note(line, $"set {setName}",
                "its elements are stated in several places, which are not joined (give what nft list ruleset prints once it is loaded)");
            return;
        }
        var file = RuleFile.Read(new SourceText("import", $"table x {{\n{text}\n}}\n"));
        if (file.Table is { Sets: [var set] }) _sets[set.Name] = set with { Line = 0 };
        else Note(line, $"set {setName}", file.Diagnostics.First(d => d.Severity == Severity.Error).Message);
    }

    /// <summary>Reads a rule.</summary>
    /// <returns>The rule, or null and why it is none.</returns>
    internal (Rule? Rule, string Reason) Check(string text)
    {
        var (rule, error) = LoneRule.Read(text, _sets);
        return (rule, error is null ? "" : error.Suggestion is null ? error.Message : $"{error.Message} ({error.Suggestion})");
    }

    /// <summary>Adds a rule, narrowed to the packets that its family sees.</summary>
    internal void AddRule(ImportedRule written, Rule rule, ImportFamily family)
    {
        WarnOfDrop(written, rule);
        _rules.Add((Narrow(rule, family), false));
    }

    /// <summary>Adds a rule whose verdict is the policy of the chain.</summary>
    internal void AddPolicy(Rule rule, ImportFamily family) => _rules.Add((Narrow(rule, family), true));

    /// <summary>Ends the table with the chain's policy.</summary>
    internal ImportResult Build(bool dropsByPolicy, int policyLine, ImportFamily family, string? failure)
    {
        var lost = _firstLostAccept > 0 ? _firstLostAccept : _firstLostChain;
        var drops = dropsByPolicy && lost == 0;
        if (dropsByPolicy && !drops) Note(policyLine, "policy drop", LeftOut(lost, "the policy"));
        // ARP and the like never reach netfilter's IP chains, and must not be dropped by the rule that replaces their policy.
        if (drops) AddPolicy(new Rule("", [], null, [], new(VerdictKind.Drop), "policy"), family);
        var verdict = new Verdict(drops ? VerdictKind.Drop : VerdictKind.Pass);
        Rule[] rules = [.. _rules.Select(r => r.IsPolicy ? r.Rule with { Verdict = verdict } : r.Rule)];
        new RuleId(rules.Length).Assign(rules);
        var table = new Table(name, [], AttachMode.Auto, VerdictKind.Pass, null, [.. _sets.Values.OfType<Set>()], [.. rules]);
        var total = _taken.Union(_lost).Count();
        var taken = total - _lost.Count;
        if (taken == 0 && total > 0) failure ??= $"none of its {total} rules can be expressed";
        return new(table, [.. _notes.OrderBy(n => n.Line)], taken, total, failure);
    }

    private static string LeftOut(int line, string what) =>
        $"left out: line {line} may accept packets and is not imported, so dropping the rest would drop those too (add {what} when the "
        + $"rules are complete)";

    private void WarnOfDrop(ImportedRule written, Rule rule)
    {
        if (_firstLostAccept == 0 || _hasWarnedOfDrop || rule.Verdict.Kind != VerdictKind.Drop) return;
        _hasWarnedOfDrop = true;
        Note(written.Line, written.Original,
            $"imported, but line {_firstLostAccept} before it may accept packets that this and later rules drop now");
    }

    private static Rule Narrow(Rule rule, ImportFamily family)
    {
        var headers = HeaderRelations.Close(rule.Headers);
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
        var sees = new ValuesMatch([Field.MetaNfproto], false, elements.Build());
        return rule.Matches.Contains(sees) ? rule : rule with { Matches = [sees, .. rule.Matches] };
    }
}
