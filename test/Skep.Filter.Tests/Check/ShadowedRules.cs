using Skep.Filter.Check;
using Skep.Filter.Model;

namespace Skep.Filter.Tests.Check;

/// <summary>Rules that are never reached, each with the one that shadows it.</summary>
internal static class ShadowedRules
{
    internal static IEnumerable<(int Rule, int By)> Find(IReadOnlyList<Rule> rules)
    {
        var reachability = new Reachability(rules.Count);
        var checkedSoFar = new List<Rule>();
        foreach (var rule in rules)
        {
            checkedSoFar.Add(rule);
            if (reachability.FindDecider(checkedSoFar, Constraints.Of(rule)) is >= 0 and var by) yield return (checkedSoFar.Count - 1, by);
        }
    }
}
