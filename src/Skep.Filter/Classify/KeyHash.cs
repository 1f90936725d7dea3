namespace Skep.Filter.Classify;

/// <summary>The hash of the words of a key that a mask selects, which the program computes too.</summary>
internal static class KeyHash
{
    private const ulong Last = 0x9e3779b97f4a7c15;

    private static readonly ulong[] Multipliers =
    [
        0xd6e8feb86659fd93, 0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3, 0x1d8e4e27c47d124f,
        0xeb44accab455d165, 0x9fb21c651e98df25, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9, 0x85ebca77c2b2ae63, 0x27d4eb2f165667c5,
        0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53, 0x94d049bb133111eb, 0xbf58476d1ce4e5b9,
    ];

    /// <summary>The most words of a key.</summary>
    internal static int MostWords => Multipliers.Length;

    internal static ulong MultiplierOf(int word) => Multipliers[word];

    internal static ulong FinalMultiplier => Last;

    internal const int Mix = 32;

    internal static ulong Of(ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> mask)
    {
        var hash = 0UL;
        ReadOnlySpan<ulong> multipliers = Multipliers;
        for (var word = 0; word < mask.Length; word++) hash ^= (words[word] & mask[word]) * multipliers[word];
        return Finish(hash);
    }

    /// <summary>Makes a hash of what the words come to.</summary>
    internal static ulong Finish(ulong words) => (words ^ words >> Mix) * Last;

    /// <summary>The home bucket of a hash, out of 2^bits.</summary>
    internal static int Bucket(ulong hash, int bits) => (int)(hash >> (64 - bits));

    /// <summary>The tag of a hash: bits that do not choose the bucket.</summary>
    internal static byte Tag(ulong hash) => (byte)(hash >> TagShift);

    internal const int TagShift = 24;
}
