namespace Skep.Filter.Model;

/// <summary>What an element of a set has counted.</summary>
/// <param name="Packets">Packets that a match found in it.</param>
/// <param name="Bytes">Their bytes, from the Ethernet header on, as they came in.</param>
public readonly record struct ElementCount(ulong Packets, ulong Bytes)
{
    /// <summary>It as nft writes it behind an element.</summary>
    public override string ToString() => FormattableString.Invariant($"counter packets {Packets} bytes {Bytes}");
}
