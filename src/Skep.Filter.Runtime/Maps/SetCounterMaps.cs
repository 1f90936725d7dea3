using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.State;

namespace Skep.Filter.Runtime.Maps;

/// <summary>
/// The counters of the sets of a plan that count. A set that counted in the rules before counts in the same blocks, so that nothing is lost
/// while both are looked up; an element that was there counts at its place.
/// </summary>
internal sealed class SetCounterMaps : IDisposable
{
    private readonly BpfMap? _blocks;
    private readonly Dictionary<string, SetRows> _before;
    private readonly ulong _now;

    private SetCounterMaps(BpfMap? blocks, Dictionary<string, SetRows> before, ulong now) =>
        (_blocks, _before, _now) = (blocks, before, now);

    /// <summary>Creates the map of blocks.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="before">What is kept of the table before; null for none.</param>
    /// <param name="programId">Its program.</param>
    /// <param name="now">The time: what has run out counts from its beginning again.</param>
    internal static SetCounterMaps Create(FilterPlan plan, AppliedState? before, uint programId, ulong now)
    {
        if (plan.MapFor(MapRole.SetCounters) is not (>= 0 and var at)) return new(null, [], now);
        using var program = before is null ? null : BpfProgram.TryOpenById(programId, out _);
        using var images = program is null ? null : SetMaps.Find(program);
        using var old = program is null ? null : ElementCounters.Find(program);
        var rows = new Dictionary<string, SetRows>();
        var (keys, blocks) = (new List<int>(), new List<BpfMap>());
        try
        {
            foreach (var set in plan.Sets.Where(s => s.CounterNumber >= 0))
            {
                var first = set.CounterNumber * CounterBlocks.Most;
                if (images is not null && old is not null && Find(before!, set) is { } known)
                {
                    using var image = SetMaps.OpenImage(images, known.Number);
                    rows.Add(set.Set.Name, SetMaps.Read(image, known.MakeLayout()));
                    foreach (var (key, block) in ElementCounters.OpenBlocks(old, known.CounterNumber))
                    {
                        keys.Add(first + key % CounterBlocks.Most);
                        blocks.Add(block);
                    }
                    continue;
                }
                keys.Add(first);
                blocks.Add(ElementCounters.CreateFirst(set.Set.Name, set.Elements.Count));
            }
            var map = BpfMap.Create(MapSpecs.Of(plan.Maps[at]) with { InnerMap = blocks[0] });
            map.UpdateBatch(MemoryMarshal.AsBytes<int>([.. keys]), blocks);
            return new(map, rows, now);
        }
        finally
        {
            foreach (var block in blocks) block.Dispose();
        }
    }

    /// <summary>The map of blocks.</summary>
    internal BpfMap Duplicate() => _blocks!.Duplicate();

    /// <summary>Gives the elements of a set their places.</summary>
    internal SetRows Assign(SetPlan set, SetRows rows)
    {
        using var counters = ElementCounters.Open(_blocks!, set.CounterNumber);
        return _before.TryGetValue(set.Set.Name, out var before) ? counters.Assign(rows.PlacedAs(before.Live(_now)), before.Places())
            : counters.Assign(rows, new HashSet<uint>());
    }

    public void Dispose() => _blocks?.Dispose();

    private static AppliedSet? Find(AppliedState before, SetPlan set) => before.Sets.FirstOrDefault(
        s => s.Name == set.Set.Name && s.CounterNumber >= 0 && s.Number >= 0 && s.Format == SetLayout.Format
            && s.MakeLayout().Types.Equals(set.Layout.Types));
}
