using System;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>Finds rules that no packet gets to, because an earlier rule decides all that they would hit.</summary>
internal static class Reachability
{
    // Each rule is held against each earlier one, so long lists are only looked at over this distance.
    private const int MaxDistance = 1000;

    // What is compared at most, for one rule on the average of those of a file and for the shortest file.
    private const long StepsPerRule = 20_000, MinSteps = 20_000_000;

    /// <summary>Finds shadowed rules.</summary>
    /// <returns>The place of each, with the place of the rule that shadows it.</returns>
    internal static IEnumerable<(int Rule, int By)> FindShadowed(IReadOnlyList<Rule> rules)
    {
        var outlines = new RuleOutlines(rules.Count);
        var deciders = new Decider?[MaxDistance];
        var left = Math.Max(MinSteps, StepsPerRule * rules.Count);
        var first = 0;
        for (var rule = 0; rule < rules.Count && left > 0; rule++)
        {
            var constraints = Constraints.Of(rules[rule]);
            outlines.Begin(constraints);
            for (var by = rule - 1; by >= Math.Max(first, rule - MaxDistance); by--)
            {
                if (!outlines.MayCover(by) || !Decider.MayDecide(rules[by])) continue;
                var decider = deciders[by % MaxDistance] ??= new(rules[by]);
                if (!decider.Decides(rules[rule], constraints, ref left)) continue;
                yield return (rule, by);
                break;
            }
            outlines.Add(rule, rules[rule]);
            deciders[rule % MaxDistance] = null;
            // Behind a rewrite a packet may match what it did not match before.
            if (Rewrites(rules[rule])) first = rule + 1;
        }
    }

    private static bool Rewrites(Rule rule) =>
        !rule.Verdict.IsTerminal && rule.Statements.Any(s => s is SetStatement or SwapStatement);

    /// <summary>An earlier rule, with what is asked of it for each later one.</summary>
    private sealed class Decider(Rule earlier)
    {
        private readonly IReadOnlySet<Header> _headers = earlier.NamedHeaders();
        private readonly (Match Match, List<Interval>? Allowed)[] _matches =
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

            return _headers.IsSubsetOf(constraints.Headers);
        }
    }
}
