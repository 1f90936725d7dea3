using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Linux.Errors;

namespace Skep.Debug.Debugger;

/// <summary>The maps of a loaded program, for the code that it was loaded from.</summary>
public static class LiveMaps
{
    // More is not copied; the map is empty in the machine then.
    private const int MostEntries = 1 << 20;

    /// <summary>Gives captured code the maps of the program that was loaded from it.</summary>
    /// <exception cref="InvalidDataException">The program has others.</exception>
    public static ProgramCode Give(ProgramCode original, ProgramCode loaded)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(loaded);
        if (original.Maps.Count != loaded.Maps.Count)
            throw new InvalidDataException(
                $"debug {original.Name}: its code refers to {original.Maps.Count} maps, and the loaded program has {loaded.Maps.Count}");
        return original with { Maps = loaded.Maps };
    }

    /// <summary>What the maps hold now, by name.</summary>
    /// <param name="code">The program with the ids of its maps.</param>
    public static Dictionary<string, IReadOnlyList<KeyValuePair<byte[], byte[]>>> Read(ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        var all = new Dictionary<string, IReadOnlyList<KeyValuePair<byte[], byte[]>>>();
        foreach (CodeMap map in code.Maps)
        {
            if (map.Id is not { } id || BpfMap.TryOpenById(id, out _) is not { } live) continue;
            using (live) all[map.Label] = Read(live);
        }

        return all;
    }

    private static List<KeyValuePair<byte[], byte[]>> Read(BpfMap map)
    {
        var entries = new List<KeyValuePair<byte[], byte[]>>();
        try
        {
            map.Scan((key, value, error) =>
            {
                if (error.Number == 0) entries.Add(new(key.ToArray(), value.ToArray()));
                return entries.Count < MostEntries;
            });
        }
        catch (KernelException)
        {
            // A map without entries, as a ring buffer.
        }

        return entries;
    }
}
