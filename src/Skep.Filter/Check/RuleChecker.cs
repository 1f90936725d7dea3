using System;
using System.Runtime.InteropServices;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>Turns a written rule into a checked one, without its id.</summary>
internal sealed class RuleChecker
{
    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics;
    private readonly MatchChecker _matches;
    private readonly StatementChecker _statements;
    private readonly Func<MatchSyntax, Match?> _checkMatch;
    private readonly Func<StatementSyntax, Statement?> _checkStatement;

    /// <param name="source">The text.</param>
    /// <param name="diagnostics">Where errors go.</param>
    /// <param name="sets">The sets that rules may name.</param>
    /// <param name="rules">How many rules there are.</param>
    internal RuleChecker(SourceText source, DiagnosticBag diagnostics, IReadOnlyDictionary<string, Set?> sets, int rules)
    {
        (_source, _diagnostics) = (source, diagnostics);
        (_matches, _statements) = (new(source, diagnostics, sets, rules), new(source, diagnostics));
        (_checkMatch, _checkStatement) = (_matches.Check, _statements.CheckStatement);
    }

    internal IReadOnlySet<string> UsedSets => _matches.UsedSets;

    /// <summary>Those of the rule that was checked last.</summary>
    internal Constraints Constraints { get; } = new();

    internal Rule? Check(RuleSyntax syntax)
    {
        var errors = _diagnostics.ErrorCount;
        var matches = CheckAll(syntax.Matches, _checkMatch);
        var limit = syntax.Limit is null ? null : _statements.CheckLimit(syntax.Limit);
        var statements = CheckAll(syntax.Statements, _checkStatement);
        if (syntax.Comment is { } comment) Names.CheckComment(comment, _source, _diagnostics);
        if (CheckVerdict(syntax) is not { } verdict || _diagnostics.ErrorCount != errors) return null;

        var rule = new Rule("", matches, limit, statements, verdict, syntax.Comment?.Text)
        {
            Line = _source.PositionOf(syntax.Span.Start).Line,
        };
        return CheckContradictions(rule, syntax) ? rule : null;
    }

    private static ValueList<T> CheckAll<TSyntax, T>(List<TSyntax> written, Func<TSyntax, T?> check) where T : class
    {
        if (written.Count == 0) return [];
        var items = new T[written.Count];
        var count = 0;
        foreach (var item in written)
            if (check(item) is { } read) items[count++] = read;
        return count == items.Length ? ValueList.Of(ImmutableCollectionsMarshal.AsImmutableArray(items))
            : ValueList.Create<T>(items.AsSpan(0, count));
    }

    private Verdict? CheckVerdict(RuleSyntax syntax)
    {
        if (syntax.Verdict is not null) return _statements.CheckVerdict(syntax.Verdict);
        if (syntax.Statements.Count > 0) return new(VerdictKind.Continue);
        _diagnostics.Error(_source, syntax.Span, "the rule decides nothing",
            "end it with drop, pass, tx or redirect; to count only, with continue");
        return null;
    }

    private bool CheckContradictions(Rule rule, RuleSyntax syntax)
    {
        if (HeaderRelations.FindConflict(rule.Headers) is { } conflict)
        {
            _diagnostics.Error(_source, syntax.Span,
                $"no packet has both {HeaderRelations.NameOf(conflict.First)} and {HeaderRelations.NameOf(conflict.Second)} headers, so "
                + $"the rule would never hit",
                "write a rule for each");
            return false;
        }
        Constraints.Take(rule);
        if (Constraints.FindEmpty() is { } field)
            _diagnostics.Warn(_source, syntax.Span,
                $"the rule never hits: no value of {FieldInfo.Of(field).Name} satisfies all that it asks for");
        foreach (var match in syntax.Matches) WarnOfHiddenTags(match);
        return true;
    }

    private void WarnOfHiddenTags(MatchSyntax syntax)
    {
        if (syntax.Fields is not [{ Field: Field.EtherType }] || syntax.Value is not ElementsSyntax values) return;
        foreach (var part in values.Elements.SelectMany(e => e.Parts))
        {
            if (ValueText.TryParse(part.Value.Content, DataType.EtherType, new(0, 0xffff), out var value) != ValueError.None
                || (value != 0x8100 && value != 0x88a8)) continue;
            _diagnostics.Warn(_source, part.Span, "ether type looks through two VLAN tags, so this matches frames with three or more only",
                "write vlan id 0-4095 for tagged frames");
        }
    }
}
