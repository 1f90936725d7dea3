namespace Skep.Filter.Runtime.Maps;

/// <summary>Packets and their bytes, as compiled filters count them on each CPU.</summary>
/// <param name="Packets">Packets.</param>
/// <param name="Bytes">Their bytes, from the Ethernet header on, as they came in.</param>
public readonly record struct Counter(ulong Packets, ulong Bytes)
{
    /// <summary>Adds two counts.</summary>
    public static Counter operator +(Counter left, Counter right) => new(left.Packets + right.Packets, left.Bytes + right.Bytes);

    /// <summary>Adds two counts.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>The sum.</returns>
    public static Counter Add(Counter left, Counter right) => left + right;
}
