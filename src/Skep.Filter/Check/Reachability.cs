using System;
using System.Collections.Immutable;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>Finds rules that no packet gets to, because an earlier rule decides all that they would hit.</summary>
/// <param name="count">How many rules there are in all.</param>
internal sealed class Reachability(int count)
{
    // Each rule is held against each earlier one, so long lists are only looked at over this distance.
    private const int MaxDistance = 1000;

    // What is compared at most, for one rule on the average of those of a file and for the shortest file.
    private const long StepsPerRule = 20_000, MinSteps = 20_000_000;

    private readonly RuleOutlines _outlines = new(MaxDistance);
    private readonly Decider?[] _deciders = new Decider?[MaxDistance];
    private long _left = Math.Max(MinSteps, StepsPerRule * count);
    private int _first;

    /// <summary>Finds the rule that shadows the last one of a list, when each before it was asked for.</summary>
    /// <param name="rules">The rules so far.</param>
    /// <param name="constraints">Those of the last one.</param>
    /// <returns>Its place; -1 for none.</returns>
    internal int FindDecider(IReadOnlyList<Rule> rules, Constraints constraints)
    {
        if (_left <= 0) return -1;
        var place = rules.Count - 1;
        var rule = rules[place];
        var found = -1;
        _outlines.Begin(constraints, Math.Max(_first, place - MaxDistance), place);
        while (found < 0 && _outlines.TryNext(out var by))
        {
            if (!Decider.MayDecide(rules[by])) continue;
            var decider = _deciders[by % MaxDistance] ??= new(rules[by]);
            if (decider.Decides(rule, constraints, ref _left)) found = by;
        }
        _outlines.Add(place, rule);
        _deciders[place % MaxDistance] = null;
        // Behind a rewrite a packet may match what it did not match before.
        if (Rewrites(rule)) _first = place + 1;
        return found;
    }

    private static bool Rewrites(Rule rule)
    {
        if (rule.Verdict.IsTerminal) return false;
        foreach (var statement in rule.Statements)
            if (statement is SetStatement or SwapStatement) return true;
        return false;
    }

    /// <summary>An earlier rule, with what is asked of it for each later one.</summary>
    private sealed class Decider(Rule earlier)
    {
        private readonly HeaderSet _headers = earlier.Headers;
        private readonly (Match Match, ImmutableArray<Interval> Allowed)[] _matches =
            [.. earlier.Matches.Select(match => (match, Constraints.AllowedBy(match)))];

        internal static bool MayDecide(Rule rule) => rule.Verdict.IsTerminal && rule.Limit is null;

        internal bool Decides(Rule rule, Constraints constraints, ref long left)
        {
            foreach (var (match, allowed) in _matches)
            {
                long steps = 0;
                var implied = constraints.Imply(match, allowed, rule.Matches, ref steps);
                left -= steps;
                if (!implied) return false;
            }

            return (_headers.Bits & ~constraints.Headers.Bits) == 0;
        }
    }
}
