using System;
using Skep.Filter.Check;
using Skep.Filter.Model;

namespace Skep.Filter.Import;

/// <summary>
/// Writes a chain and the chains that it calls as one list of rules, first match first. A rule of a called chain gets the matches of the
/// rule that calls it. Packets that return on a condition get a copy of what follows the call.
/// </summary>
internal sealed class ChainFlattener(ImportBuilder builder, Func<string, ImportedChain?> find)
{
    /// <summary>The most rules that calls may expand to.</summary>
    internal const int MostRules = 1 << 14;

    // The characters of the rules, each as often as it is written in the place of a call.
    private const long MostCharacters = 4 << 20;

    // What follows a call is walked within the walk of the call, without end where chains call each other in a cycle.
    private const int MostNested = 256;

    // NFT_JUMP_STACK_SIZE (include/net/netfilter/nf_tables.h).
    private const int Deepest = 16;

    private readonly HashSet<string> _followed = [];
    private readonly Dictionary<ImportedRule, (Rule? Rule, string Reason)> _checked = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, bool> _mayAccept = [];
    private readonly HashSet<(string Chain, int At)> _unreached = [];
    private long _characters;
    private int _nested;
    private bool _isTooDeep;
    private int _steps;

    /// <summary>The chains that packets come to.</summary>
    internal IReadOnlySet<string> Followed => _followed;

    /// <summary>Why the chains cannot be written as one list; null where they can.</summary>
    internal string? Failure => _steps > MostRules ? $"its calls of chains expand to more than {MostRules} rules"
        : _characters > MostCharacters ? $"its calls of chains expand to more than {MostCharacters >> 20} MiB of rules"
        : _isTooDeep ? $"its calls of chains nest more than {MostNested} deep" : null;

    /// <summary>A chain that packets are in, and where they go when they leave it.</summary>
    private sealed record Frame(ImportedChain Chain, Frame? Caller, int Next, int Depth, int LostBefore);

    internal void Flatten(ImportedChain chain) => Walk(Enter(chain, null, 0, 0), 0, []);

    private Frame Enter(ImportedChain chain, Frame? caller, int next, int depth)
    {
        _followed.Add(chain.Name);
        return new(chain, caller, next, depth, builder.LostAccepts);
    }

    /// <summary>Writes the rules of a chain from one on, for the packets that match what they matched before.</summary>
    /// <returns>Whether every packet is decided in it.</returns>
    private bool Walk(Frame frame, int start, IReadOnlyList<Match> before)
    {
        _isTooDeep |= _nested == MostNested;
        if (_isTooDeep) return true;
        _nested++;
        var decides = WalkRules(frame, start, before);
        _nested--;
        return decides;
    }

    private bool WalkRules(Frame frame, int start, IReadOnlyList<Match> before)
    {
        var rules = frame.Chain.Rules;
        var leaves = false;
        for (var i = start; i < rules.Count; i++)
        {
            if (_isTooDeep) return true;
            if (frame.Caller is not null || before.Count > 0)
            {
                if (++_steps > MostRules || (_characters += Length(rules[i], before)) > MostCharacters) return true;
            }
            if (!Write(frame, i, before, ref leaves)) continue;
            var line = rules[i].Line;
            for (i++; i < rules.Count && _unreached.Add((frame.Chain.Name, i)); i++)
                builder.NeverReached(rules[i], rules[i].Reason ?? $"it is never reached: no packet passes line {line}");
            return !leaves;
        }
        return false;
    }

    /// <summary>Writes a rule of a chain.</summary>
    /// <returns>Whether no packet reaches the rule behind it.</returns>
    private bool Write(Frame frame, int at, IReadOnlyList<Match> before, ref bool leaves)
    {
        var written = frame.Chain.Rules[at];
        if (written.NeverMatches)
        {
            builder.NeverReached(written, written.Reason!);
            return false;
        }
        var (rule, reason) = Check(written);
        if (rule is null)
        {
            builder.Lose(written, reason, MayAccept(written));
            // Some packets leave the chain there, so what follows its calls is reached.
            leaves |= written.Outcome is ImportedOutcome.Return or ImportedOutcome.Goto;
            return false;
        }
        var isUnconditional = rule.Matches.Count == 0 && rule.Limit is null && rule.Headers.Count == 0;
        switch (written.Outcome)
        {
            case ImportedOutcome.Reject:
                builder.Lose(written, written.Reason!, false);
                return isUnconditional;
            case ImportedOutcome.Jump or ImportedOutcome.Goto:
                return Call(frame, at, before, rule, isUnconditional, ref leaves);
            case ImportedOutcome.Return:
                builder.Take(written);
                WriteStatements(frame, written, before, rule);
                leaves |= isUnconditional || rule.Limit is not null;
                if (!isUnconditional && at + 1 < frame.Chain.Rules.Count) Leave(frame, written, [.. before, .. rule.Matches], rule.Limit);
                return isUnconditional;
            default:
                Add(frame, written, before, rule, isUnconditional);
                return isUnconditional && rule.Verdict.IsTerminal;
        }
    }

    private bool Call(Frame frame, int at, IReadOnlyList<Match> before, Rule rule, bool isUnconditional, ref bool leaves)
    {
        var written = frame.Chain.Rules[at];
        if (find(written.Target!) is not { } target) return Refuse(ref leaves, $"there is no chain {written.Target} in the file");
        if (frame.Depth + 1 >= Deepest) return Refuse(ref leaves, $"chains call each other more than {Deepest} deep");
        if (rule.Limit is not null)
            return !CallWithin(frame, written, before, rule, target)
                && Refuse(ref leaves,
                    "a limit of a call counts each packet once; the chain's rules, written in its place, would count it at each of them");
        builder.Take(written);
        WriteStatements(frame, written, before, rule);
        var conditions = Join(before, rule.Matches);
        if (IsImpossible(conditions)) return false;
        var isGoto = written.Outcome == ImportedOutcome.Goto;
        var inner = isGoto ? Enter(target, frame.Caller, frame.Next, frame.Depth + 1) : Enter(target, frame, at + 1, frame.Depth + 1);
        var decides = Walk(inner, 0, conditions);
        if (isGoto && isUnconditional) leaves |= !decides;
        else if (isGoto && !decides && at + 1 < frame.Chain.Rules.Count) Leave(frame, written, conditions, null);
        return isUnconditional && (decides || isGoto);

        bool Refuse(ref bool leaves, string reason)
        {
            leaves |= written.Outcome == ImportedOutcome.Goto;
            builder.Lose(written, reason, MayAccept(written));
            return false;
        }
    }

    /// <summary>Joins a call with a limit and a chain that logs or decides, and matches nothing.</summary>
    private bool CallWithin(Frame frame, ImportedRule written, IReadOnlyList<Match> before, Rule rule, ImportedChain target)
    {
        List<Statement> statements = [.. rule.Statements];
        var verdict = new Verdict(VerdictKind.Continue);
        foreach (var inner in target.Rules)
        {
            if (++_steps > MostRules) return true;
            if (Check(inner).Rule is not { Matches.Count: 0, Limit: null } plain) return false;
            if (inner.Outcome is not (ImportedOutcome.Continue or ImportedOutcome.Accept or ImportedOutcome.Drop)) return false;
            foreach (var statement in plain.Statements)
                if (!statements.Contains(statement)) statements.Add(statement);
            verdict = plain.Verdict;
            if (verdict.IsTerminal) break;
        }
        if (!verdict.IsTerminal && written.Outcome == ImportedOutcome.Goto) return false;
        _followed.Add(target.Name);
        foreach (var inner in target.Rules) builder.Take(inner);
        Add(frame, written, before, rule with { Statements = [.. statements], Verdict = verdict }, false);
        return true;
    }

    /// <summary>Writes what follows a chain for the packets that leave it on a condition.</summary>
    private void Leave(Frame frame, ImportedRule cause, IReadOnlyList<Match> conditions, RateLimit? limit)
    {
        if (IsImpossible(conditions)) return;
        if (frame.Caller is null)
        {
            builder.AddPolicy(new("", [.. conditions], limit, [], new(VerdictKind.Pass), null), frame.Chain.Family);
            return;
        }
        if (limit is not null)
        {
            builder.Lose(cause,
                "a limit of a return counts each packet once; the rules behind the call, written in its place, would count it at each of "
                + "them", true);
            return;
        }
        if (!Walk(frame.Caller, frame.Next, conditions)) Leave(frame.Caller, cause, conditions, null);
    }

    private void WriteStatements(Frame frame, ImportedRule written, IReadOnlyList<Match> before, Rule rule)
    {
        if (rule.Statements.Count > 0) Add(frame, written, before, rule with { Verdict = new(VerdictKind.Continue) }, false);
    }

    private void Add(Frame frame, ImportedRule written, IReadOnlyList<Match> before, Rule rule, bool isUnconditional)
    {
        builder.Take(written);
        var whole = rule with { Matches = [.. Join(before, rule.Matches)] };
        if (HeaderRelations.FindConflict(whole.Headers) is not null || Constraints.Of(whole).FindEmpty() is not null
            && before.Count > 0) return;
        if (before.Count > 0 && !rule.Verdict.IsTerminal && rule.Statements.Any(s => s is not LogStatement))
            builder.Lose(written, "it changes the packet, and the rules behind it in this chain match what was there before", false);
        else if (rule.Verdict.Kind == VerdictKind.Drop
            && ((isUnconditional && builder.LostAccepts > frame.LostBefore) || (builder.LostAccepts > 0 && IsCatchAll(whole))))
            builder.LeaveOutDrop(written);
        else
            builder.AddRule(written, whole, frame.Chain.Family);
    }

    private (Rule? Rule, string Reason) Check(ImportedRule written)
    {
        if (_checked.TryGetValue(written, out var known)) return known;
        var result = written.Text is null ? (null, written.Reason ?? "") : builder.Check(written.Text);
        _checked.Add(written, result);
        return result;
    }

    /// <summary>Whether a rule that is lost may have let packets through: a call of a chain that only drops and logs does not.</summary>
    private bool MayAccept(ImportedRule rule) =>
        rule is { Outcome: ImportedOutcome.Jump, Target: { } name } && find(name) is { } target ? MayAccept(target) : rule.MayAccept;

    private bool MayAccept(ImportedChain chain)
    {
        if (_mayAccept.TryGetValue(chain.Name, out var known)) return known;
        _mayAccept[chain.Name] = true;
        return _mayAccept[chain.Name] = chain.Rules.Any(r => r.Outcome == ImportedOutcome.Jump ? MayAccept(r) : r.MayAccept);
    }

    private static long Length(ImportedRule rule, IReadOnlyList<Match> before) =>
        (rule.Text?.Length ?? 0) + before.Sum(match => match is ValuesMatch values ? 20L * values.Elements.Count : 20);

    private static bool IsImpossible(IReadOnlyList<Match> matches)
    {
        var rule = new Rule("", [.. matches], null, [], default, null);
        return HeaderRelations.FindConflict(rule.Headers) is not null || Constraints.Of(rule).FindEmpty() is not null;
    }

    private static List<Match> Join(IReadOnlyList<Match> before, IReadOnlyList<Match> own) =>
        [.. before, .. own.Where(m => !before.Contains(m))];

    /// <summary>Whether a rule matches all packets of a family, or all of TCP or UDP.</summary>
    private static bool IsCatchAll(Rule rule) => rule.Limit is null && rule.Matches.All(match => match switch
    {
        ValuesMatch { Fields: [Field.MetaNfproto or Field.EtherType] } => true,
        ValuesMatch { Fields: [Field.MetaL4proto or Field.IpProtocol or Field.Ip6Nexthdr] } protocols =>
            Holds(protocols, 6) || Holds(protocols, 17),
        ValuesMatch { Fields: [var field], Negated: false, Elements: { Count: 1 } all } => all[0][0] == FieldInfo.Of(field).Domain,
        _ => false,
    });

    private static bool Holds(ValuesMatch match, byte protocol) => match.Elements.Contains([protocol]) != match.Negated;
}
