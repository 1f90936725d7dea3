using Skep.Filter.Model;

namespace Skep.Filter.Check;

/// <summary>Finds rules that no packet gets to, because an earlier rule decides all that they would hit.</summary>
internal static class Reachability
{
    // Each rule is held against each earlier one, so long lists are only looked at over this distance.
    private const int MaxDistance = 1000;

    /// <summary>Finds shadowed rules.</summary>
    /// <returns>The place of each, with the place of the rule that shadows it.</returns>
    internal static IEnumerable<(int Rule, int By)> FindShadowed(IReadOnlyList<Rule> rules)
    {
        var constraints = rules.Select(Constraints.Of).ToList();
        for (var rule = 1; rule < rules.Count; rule++)
        {
            for (var by = rule - 1; by >= Math.Max(0, rule - MaxDistance); by--)
            {
                // Behind a rewrite a packet may match what it did not match before.
                if (rules[by] is { Verdict.IsTerminal: false } && rules[by].Statements.Any(s => s is SetStatement or SwapStatement)) break;
                if (!Decides(rules[by], rules[rule], constraints[rule])) continue;
                yield return (rule, by);
                break;
            }
        }
    }

    private static bool Decides(Rule by, Rule rule, Constraints constraints)
    {
        if (!by.Verdict.IsTerminal || by.Limit is not null) return false;
        if (!by.NamedHeaders().IsSubsetOf(constraints.Headers)) return false;
        foreach (var match in by.Matches)
            if (!constraints.Imply(match, rule.Matches)) return false;
        return true;
    }
}
