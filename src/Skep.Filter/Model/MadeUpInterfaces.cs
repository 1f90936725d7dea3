namespace Skep.Filter.Model;

/// <summary>Indexes for names, also of interfaces that are not there.</summary>
/// <param name="find">The index of an interface that is there; 0 for none.</param>
public sealed class MadeUpInterfaces(Func<string, uint> find)
{
    // Above all indexes that the kernel gives (int ifindex, include/linux/netdevice.h).
    private const uint FirstMadeUp = 1U << 31;

    private readonly Dictionary<string, uint> _indexes = [];

    /// <summary>The index for a name: always the same.</summary>
    /// <param name="name">The name.</param>
    /// <returns>That of the interface, or one that no interface has.</returns>
    public uint IndexOf(string name)
    {
        if (_indexes.TryGetValue(name, out var known)) return known;
        var index = find(name) is not 0 and var found ? found : FirstMadeUp + (uint)_indexes.Count;
        _indexes.Add(name, index);
        return index;
    }
}
