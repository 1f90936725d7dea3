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
        var constraints = rules.Select(Constraints.Of).ToList();
        var deciders = rules.Select(Decider.Of).ToList();
        var left = Math.Max(MinSteps, StepsPerRule * rules.Count);
        for (var rule = 1; rule < rules.Count && left > 0; rule++)
        {
            for (var by = rule - 1; by >= Math.Max(0, rule - MaxDistance); by--)
            {
                // Behind a rewrite a packet may match what it did not match before.
                if (deciders[by].Rewrites) break;
                if (!deciders[by].Decides(rules[rule], constraints[rule], ref left)) continue;
                yield return (rule, by);
                break;
            }
        }
    }

    /// <summary>An earlier rule, with what is asked of it for each later one.</summary>
    private sealed class Decider
    {
        private bool _decides;
        private IReadOnlySet<Header> _headers = new HashSet<Header>();
        private (Match Match, List<Interval>? Allowed)[] _matches = [];

        internal bool Rewrites { get; private init; }

        internal static Decider Of(Rule rule) => new()
        {
            _decides = rule.Verdict.IsTerminal && rule.Limit is null,
            _headers = rule.NamedHeaders(),
            _matches = [.. rule.Matches.Select(match => (match, Constraints.AllowedBy(match)))],
            Rewrites = !rule.Verdict.IsTerminal && rule.Statements.Any(s => s is SetStatement or SwapStatement),
        };

        internal bool Decides(Rule rule, Constraints constraints, ref long left)
        {
            if (!_decides) return false;
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
