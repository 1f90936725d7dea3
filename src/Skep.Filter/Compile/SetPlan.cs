using Skep.Filter.Model;

namespace Skep.Filter.Compile;

/// <summary>The structure that holds a named set.</summary>
public enum SetStructure
{
    /// <summary>Comparisons in the program.</summary>
    Code,

    /// <summary>A bit for each value, in an array's value.</summary>
    Bitmap,

    /// <summary>A hash of the elements.</summary>
    Hash,

    /// <summary>A trie of prefixes (BPF_MAP_TYPE_LPM_TRIE).</summary>
    PrefixTrie,
}

/// <summary>How a named set is held.</summary>
/// <param name="Set">The set.</param>
/// <param name="Elements">Its elements, those of its feed included.</param>
/// <param name="Structure">What holds them.</param>
/// <param name="Reason">Why.</param>
public sealed record SetPlan(Set Set, ElementList Elements, SetStructure Structure, string Reason)
{
    /// <summary>The bits of a bitmap: one for each value of 16 bits.</summary>
    internal const int BitmapBytes = 8192;

    /// <summary>Whether elements run out, so that values have the time when.</summary>
    internal bool RunsOut => Set.DefaultTimeout is not null || Elements.HasTimeouts;

    internal static SetPlan Of(Set set)
    {
        var elements = set.AllElements();
        var runsOut = set.DefaultTimeout is not null || elements.HasTimeouts;
        var (structure, reason) = (set.Types.Count, elements.HasIntervals) switch
        {
            (1, _) when !runsOut && DataTypeInfo.BitsOf(set.Types[0]) <= 16 => (SetStructure.Bitmap, "a value has at most 16 bits"),
            (1, true) => (SetStructure.PrefixTrie, "it has ranges"),
            (_, false) => (SetStructure.Hash, "it has no ranges"),
            _ => (SetStructure.Code, "it joins ranges of several fields"),
        };
        return new(set, elements, structure, reason);
    }

    /// <summary>The bytes of a hash's key: 8 a field, 16 for an IPv6 address.</summary>
    internal int HashKeyBytes
    {
        get
        {
            var bytes = 0;
            foreach (var type in Set.Types) bytes += type == DataType.Ipv6Addr ? 16 : 8;
            return bytes;
        }
    }

    /// <summary>The bytes of a trie's values: the field's, rounded up.</summary>
    internal int TrieBytes => (DataTypeInfo.BitsOf(Set.Types[0]) + 7) / 8;
}
