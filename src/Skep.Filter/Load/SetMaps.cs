using Skep.Bpf;
using Skep.Filter.Compile;

namespace Skep.Filter.Load;

/// <summary>The map of a filter's sets, and the images in it: arrays of pages.</summary>
internal static class SetMaps
{
    // Arrays of different lengths can take each other's place since Linux 5.10 (BPF_F_INNER_MAP).
    private const MapFlags ImageFlags = MapFlags.Mappable | MapFlags.InnerMap;

    /// <summary>Creates the map with an image of each set.</summary>
    internal static BpfMap Create(BpfMapSpec spec, IReadOnlyCollection<SetPlan> sets, ulong now)
    {
        BpfMap? map = null;
        try
        {
            foreach (var set in sets)
            {
                using var image = CreateImage(set.Set.Name, SetImage.Write(set.Layout, SetRows.Of(set.Elements, set.Set.DefaultTimeout, now)));
                map ??= BpfMap.Create(spec with { InnerMap = image });
                map.Update(BitConverter.GetBytes(set.Number), image);
            }
            return map!;
        }
        catch
        {
            map?.Dispose();
            throw;
        }
    }

    /// <summary>Creates a map with the bytes of an image.</summary>
    internal static BpfMap CreateImage(string name, byte[] bytes)
    {
        var map = BpfMap.Create(new(BpfMapType.Array, 4, SetLayout.PageBytes, (uint)(bytes.Length / SetLayout.PageBytes)) { Name = Name(name), Flags = ImageFlags });
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
