using Skep.Filter.Check;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.State;

/// <summary>
/// Gives the rules of a table that an earlier version applied the ids that this version gives them, so that they keep their counters when
/// the table is replaced. The rules are read from the text that is kept of each.
/// </summary>
internal static class RuleIdUpgrade
{
    /// <summary>The state with present ids. A rule that this version does not read keeps its id.</summary>
    internal static AppliedState Apply(AppliedState state)
    {
        if (state.RuleIds == RuleEncoding.Version) return state;
        var sets = state.Sets.ToDictionary(s => s.Name, s => (Set?)SetOf(s));
        Rule[] rules = [.. state.Rules.Select(r => LoneRule.Read(r.Text, sets).Rule ?? Named(r.Id))];
        new RuleId(rules.Length).Assign(rules);
        return state with
        {
            RuleIds = RuleEncoding.Version,
            Rules = [.. state.Rules.Zip(rules, (kept, rule) => kept with { Id = rule.Id })],
        };
    }

    private static Rule Named(string id) => new("", [], null, [], new(VerdictKind.Continue), id);

    private static Set SetOf(AppliedSet set)
    {
        ValueList<DataType> types = [.. set.Type.Select(t => DataTypeInfo.Find(t)!.Value)];
        return new(set.Name, types, IsInterval: true, HasTimeouts: true, null, null, null, ElementList.Empty(types.Count), null);
    }
}
