using System.Runtime.InteropServices;

namespace Skep.Guard.Compile;

/// <summary>Rows of bits, each kept once.</summary>
/// <param name="words">64-bit words in a row.</param>
internal sealed class RowSet(int words)
{
    private readonly List<ulong[]> _rows = [];
    private readonly Dictionary<string, int> _places = [];

    public IReadOnlyList<ulong[]> Rows => _rows;

    /// <summary>The place of a row.</summary>
    public int Add(ulong[] row) => Add([row]);

    /// <summary>The place of the first of two rows that stand one behind the other.</summary>
    public int AddPair(ulong[] first, ulong[] second) => Add([first, second]);

    /// <summary>A row with the bits of rules for which something holds.</summary>
    public ulong[] Of(int rules, Func<int, bool> holds)
    {
        var row = new ulong[words];
        for (int i = 0; i < rules; i++)
            if (holds(i)) row[i / 64] |= 1ul << (i % 64);
        return row;
    }

    private int Add(ulong[][] group)
    {
        string key = string.Join('|', group.Select(row => Convert.ToHexString(MemoryMarshal.AsBytes<ulong>(row))));
        if (_places.TryGetValue(key, out int place)) return place;
        _places.Add(key, _rows.Count);
        _rows.AddRange(group);
        return _rows.Count - group.Length;
    }
}
