using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.State;

namespace Skep.Filter.Runtime.Maps;

/// <summary>The sets of the rules before, for rules that go on with the elements that they have.</summary>
internal static class KeptSets
{
    /// <summary>Creates the map of the sets of a plan with the images of the rules before.</summary>
    /// <param name="planned">The map.</param>
    /// <param name="sets">The sets that the rules use.</param>
    /// <param name="before">What is kept of the table before.</param>
    /// <param name="programId">Its program.</param>
    /// <exception cref="InvalidDataException">A set is not in the kernel, or is held in another way.</exception>
    internal static BpfMap Create(PlannedMap planned, IReadOnlyCollection<SetPlan> sets, AppliedState before, uint programId)
    {
        using var program = BpfProgram.OpenById(programId);
        using var map = SetMaps.Find(program);
        var images = new List<BpfMap>();
        try
        {
            foreach (var set in sets) images.Add(OpenImage(set, before, map));
            var kept = BpfMap.Create(MapSpecs.Of(planned) with { InnerMap = images[0] });
            kept.UpdateBatch(MemoryMarshal.AsBytes<int>([.. sets.Select(s => s.Number)]), images);
            return kept;
        }
        finally
        {
            foreach (var image in images) image.Dispose();
        }
    }

    private static BpfMap OpenImage(SetPlan set, AppliedState before, BpfMap? map)
    {
        var old = before.Sets.FirstOrDefault(s => s.Name == set.Set.Name);
        if (old is null || old.Number < 0 || map is null)
            throw new InvalidDataException(
                $"keeping set {set.Set.Name} of table {before.Table}: no rule used it, so its elements are not in the kernel (apply the "
                + $"file with the rule)");
        if (old.Format != SetLayout.Format || old.Structure != set.Structure || old.IsTimed != set.Layout.IsTimed
            || old.IsCounted != set.Layout.IsCounted || old.Capacity != set.Layout.Capacity)
            throw new InvalidDataException(
                $"keeping set {set.Set.Name} of table {before.Table}: another version of skep applied it (apply the file with the rule)");
        return SetMaps.OpenImage(map, old.Number);
    }
}
