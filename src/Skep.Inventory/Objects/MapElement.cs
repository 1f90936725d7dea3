using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>A key of a map and its value, as the map had them.</summary>
public readonly record struct MapElement(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value)
{
    private const int Most = 4096;

    internal static IReadOnlyList<MapElement> Read(uint map)
    {
        var elements = new List<MapElement>();
        try
        {
            using BpfMap? open = BpfMap.TryOpenById(map, out _);
            if (open is null) return elements;
            var key = new byte[open.Info.KeySize];
            var value = new byte[open.Info.UserValueSize];
            for (bool more = open.TryNextKey([], key); more && elements.Count < Most; more = open.TryNextKey([.. key], key))
                if (open.TryLookup(key, value)) elements.Add(new MapElement((byte[])[.. key], (byte[])[.. value]));
        }
        catch (KernelException)
        {
            // A map that cannot be walked is skipped.
        }

        return elements;
    }
}
