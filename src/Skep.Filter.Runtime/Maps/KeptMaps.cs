using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Runtime.State;

namespace Skep.Filter.Runtime.Maps;

/// <summary>
/// The maps of the rules before that the rules after go on with: what is tracked, and the buckets of limits that did not change.
/// </summary>
internal sealed class KeptMaps(Table table, AppliedState? before, uint programId, Sketches tracked) : IDisposable
{
    private readonly BpfProgram? _program = before is null ? null : BpfProgram.TryOpenById(programId, out _);

    /// <summary>Opens the map for a place in the plan.</summary>
    /// <returns>Null when the rules after begin with a new one.</returns>
    internal BpfMap? Open(PlannedMap planned) => planned.Role switch
    {
        MapRole.Limit or MapRole.KeyedLimit => OpenLimit(table.Rules[planned.Rule]),
        MapRole.Seen or MapRole.Sources or MapRole.Ports => OpenTracked(planned.Name),
        _ => null,
    };

    /// <summary>What a limit is kept as: its buckets are those of the same rule with the same limit.</summary>
    internal static string LimitText(Rule rule) => rule.Limit is { } limit ? RuleFormatter.Format(limit) : "";

    public void Dispose() => _program?.Dispose();

    private BpfMap? OpenLimit(Rule rule)
    {
        var known = Array.Find(before?.Rules ?? [], r => r.Id == rule.Id);
        return known is { LimitMap: not 0 } && known.Limit == LimitText(rule) ? BpfMap.TryOpenById(known.LimitMap, out _) : null;
    }

    // One map counts all that was seen, so what is left out now and tracked again later would seem missed.
    private BpfMap? OpenTracked(string? name)
    {
        if (_program is null || before!.Sketches == Sketches.None || (before.Sketches & ~tracked) != 0) return null;
        foreach (var id in _program.GetMapIds())
        {
            var map = BpfMap.TryOpenById(id, out _);
            if (map?.Info.Name == name) return map;
            map?.Dispose();
        }
        return null;
    }
}
