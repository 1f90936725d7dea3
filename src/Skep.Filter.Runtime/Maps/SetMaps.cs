using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.State;
using Skep.Filter.Update;

namespace Skep.Filter.Runtime.Maps;

/// <summary>The map of a filter's sets, and the images in it: arrays of pages.</summary>
internal static class SetMaps
{
    // Arrays of different lengths can take each other's place since Linux 5.10 (BPF_F_INNER_MAP).
    private const MapFlags ImageFlags = MapFlags.Mappable | MapFlags.InnerMap;

    /// <summary>Creates the map with an image of each set.</summary>
    /// <param name="planned">The map.</param>
    /// <param name="sets">The sets.</param>
    /// <param name="now">When the elements' times begin.</param>
    /// <param name="counted">The counters of those that count.</param>
    internal static BpfMap Create(PlannedMap planned, IReadOnlyCollection<SetPlan> sets, ulong now, SetCounterMaps counted)
    {
        var images = new List<BpfMap>();
        try
        {
            foreach (var set in sets)
            {
                var rows = SetRows.Of(set.Elements, set.Set.DefaultTimeout, now, set.Layout.IsCounted);
                if (set.Layout.IsCounted) rows = counted.Assign(set, rows);
                images.Add(CreateImage(set.Set.Name, Write(set.Layout, rows)));
            }
            var map = BpfMap.Create(MapSpecs.Of(planned) with { InnerMap = images[0] });
            map.UpdateBatch(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>([.. sets.Select(s => s.Number)]), images);
            return map;
        }
        finally
        {
            foreach (var image in images) image.Dispose();
        }
    }

    /// <summary>Writes an image for this machine.</summary>
    internal static byte[] Write(SetLayout layout, SetRows rows) =>
        SetImage.Write(layout, rows, cpus: layout.IsCounted ? ElementCounters.Cpus : 0);

    /// <summary>Finds the map of sets of a loaded program.</summary>
    internal static BpfMap? Find(BpfProgram program) => Find(program, FilterPlan.SetsName);

    /// <summary>Finds a map of maps of a loaded program.</summary>
    internal static BpfMap? Find(BpfProgram program, string name)
    {
        foreach (var id in program.GetMapIds())
        {
            var map = BpfMap.OpenById(id);
            if (map.Info is { Type: BpfMapType.ArrayOfMaps, Name: var found } && found == name) return map;
            map.Dispose();
        }
        return null;
    }

    /// <summary>Opens the image of a set.</summary>
    internal static BpfMap OpenImage(BpfMap sets, int number)
    {
        // A lookup from user space gives the inner map's id.
        return sets.TryLookup(number, out uint id)
            ? BpfMap.OpenById(id) : throw new InvalidDataException($"reading set {number} of {sets}: there is none");
    }

    /// <summary>Reads how many elements the sets of a table have now.</summary>
    internal static IEnumerable<AppliedSetInfo> ReadCounts(uint programId, AppliedSet[] sets, ulong now)
    {
        using var program = BpfProgram.OpenById(programId);
        using var map = Array.Exists(sets, s => s.Number >= 0) ? Find(program) : null;
        var counts = new List<AppliedSetInfo>();
        foreach (var set in sets)
        {
            var elements = (long)set.Elements;
            if (map is not null && set.Number >= 0 && set.Format == SetLayout.Format)
            {
                using var image = OpenImage(map, set.Number);
                elements = Count(image, set.MakeLayout(), now) ?? elements;
            }
            counts.Add(new(set.Name, set.Type, (int)elements));
        }
        return counts;
    }

    /// <summary>How many elements an image has, those that have run out since it was written included.</summary>
    /// <returns>Null when the kernel does not have it any more.</returns>
    internal static long? Count(BpfMap image, SetLayout layout, ulong now)
    {
        var header = new byte[SetLayout.PageBytes];
        if (!image.TryLookup(new byte[sizeof(int)], header)) return null;
        if (!SetEditReader.IsBeingEdited(header)) return SetImageReader.Count(header);

        // An edit that was cut short may have left the number wrong.
        return layout.CountOf(Read(image, layout).Live(now));
    }

    /// <summary>Reads the elements of an image that nothing edits.</summary>
    internal static SetRows Read(BpfMap image, SetLayout layout)
    {
        using var memory = image.MapValues(writable: false);
        var bytes = new byte[memory.Length];
        memory.Read(0, bytes);
        return SetImageReader.Read(layout, bytes);
    }

    /// <summary>Creates a map with the bytes of an image.</summary>
    internal static BpfMap CreateImage(string name, byte[] bytes)
    {
        var map =
            BpfMap.Create(
                new(BpfMapType.Array, 4, SetLayout.PageBytes, (uint)(bytes.Length / SetLayout.PageBytes))
                {
                    Name = Name(name),
                    Flags = ImageFlags
                });
        try
        {
            using var memory = map.MapValues(writable: true);
            memory.Write(0, bytes);
            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    private static string Name(string set) => set.Length > 15 ? set[..15] : set;
}
