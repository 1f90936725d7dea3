using Skep.Bpf;
using Skep.Filter.Compile;

namespace Skep.Filter.Runtime.Maps;

/// <summary>What the kernel is asked to create for the maps of a plan.</summary>
public static class MapSpecs
{
    /// <summary>The specification of a planned map.</summary>
    /// <param name="map">The map.</param>
    /// <returns>What is created.</returns>
    public static BpfMapSpec Of(PlannedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new(TypeOf(map), map.KeyBytes, map.ValueBytes, map.Entries) { Name = map.Name };
    }

    private static BpfMapType TypeOf(PlannedMap map) => map.Role switch
    {
        MapRole.Rules or MapRole.Totals or MapRole.LogScratch or MapRole.Seen => BpfMapType.PercpuArray,
        MapRole.Sets or MapRole.SetCounters => BpfMapType.ArrayOfMaps,
        MapRole.Limit or MapRole.LogFollowed => BpfMapType.Array,
        MapRole.KeyedLimit => BpfMapType.LruHash,
        MapRole.Devices => BpfMapType.Devmap,
        MapRole.Cpus => BpfMapType.Cpumap,
        MapRole.Sockets => BpfMapType.Xskmap,
        MapRole.Forwarders => BpfMapType.DevmapHash,
        MapRole.Receivers => BpfMapType.Hash,
        MapRole.Log => BpfMapType.Ringbuf,
        MapRole.Sources or MapRole.Ports => BpfMapType.LruPercpuHash,
        MapRole.Classifier => map.KeyBytes == 0 ? BpfMapType.Arena : BpfMapType.Array,
        _ => throw new ArgumentOutOfRangeException(nameof(map), map.Role, "no map has this role"),
    };
}
