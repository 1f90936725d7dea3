using Skep.Filter.Model;

namespace Skep.Filter.Compile;

/// <summary>
/// The maps of sketches. Sources and ports are least-recently-used hashes: what is evicted is lost to its entry, and how much that was is
/// known exactly, because all that is observed is counted beside it. Their names begin with a point, as no set's name can.
/// </summary>
internal static class SketchLayout
{
    internal const string SeenName = ".seen", SourcesName = ".sources", PortsName = ".ports";

    /// <summary>A key is two numbers of 64 bits, the high one first; IPv4 stands as ::ffff:0:0/96.</summary>
    internal const uint SourceKeyBytes = 16;

    /// <summary>A key is the protocol number times 65536, and the port.</summary>
    internal const uint PortKeyBytes = 8;

    internal const uint CounterBytes = 16;

    /// <summary>The lengths, in bytes, at which each class of sizes but the first begins.</summary>
    internal static readonly int[] SizeStarts = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

    /// <summary>Where what was observed for sources and for ports is counted, behind the classes of sizes.</summary>
    internal static readonly int SourcesSeen = (SizeStarts.Length + 1) * (int)CounterBytes, PortsSeen = SourcesSeen + (int)CounterBytes;

    private const uint MostSources = 16384, MostPorts = 8192;

    internal static IEnumerable<PlannedMap> Maps(Sketches sketches)
    {
        if (sketches == Sketches.None) yield break;
        yield return new(MapRole.Seen, 4, (uint)PortsSeen + CounterBytes, 1, SeenName);
        if (sketches.HasFlag(Sketches.Sources))
            yield return new(MapRole.Sources, SourceKeyBytes, CounterBytes, MostSources, SourcesName);
        if (sketches.HasFlag(Sketches.Ports))
            yield return new(MapRole.Ports, PortKeyBytes, CounterBytes, MostPorts, PortsName);
    }
}
