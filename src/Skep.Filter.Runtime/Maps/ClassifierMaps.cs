using Skep.Bpf;
using Skep.Filter.Compile;

namespace Skep.Filter.Runtime.Maps;

/// <summary>The memory that a program searches long lists of rules in.</summary>
internal static class ClassifierMaps
{
    /// <summary>The kind of memory that this kernel has.</summary>
    internal static ClassifierMemory Kind =>
        KernelFeatures.Has(BpfMapType.Arena) == Support.Yes ? ClassifierMemory.Arena : ClassifierMemory.Array;

    /// <summary>Creates it with the image.</summary>
    /// <exception cref="BpfException">The kernel refused it, or has no memory for it.</exception>
    internal static BpfMap Create(PlannedMap planned, byte[] image)
    {
        if (planned.KeyBytes == 0)
        {
            var arena = BpfMap.CreateArena(planned.Name, planned.Entries, out var pages);
            using (pages) pages.Write(0, image);
            return arena;
        }
        var map = BpfMap.Create(
            new(BpfMapType.Array, planned.KeyBytes, planned.ValueBytes, planned.Entries)
            {
                Name = planned.Name,
                Flags = MapFlags.Mappable,
            });
        try
        {
            using var memory = map.MapValues(writable: true);
            memory.Write(0, image);
            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }
}
