using System.Runtime.CompilerServices;

namespace Skep.Filter.Classify;

/// <summary>The hash of many keys under one mask: <see cref="KeyHash.Of"/> of the words that the mask has bits of.</summary>
internal readonly struct MaskedHash
{
    private readonly (int Word, ulong Mask, ulong Multiplier)[] _words;

    internal MaskedHash(ReadOnlySpan<ulong> mask)
    {
        var words = new List<(int, ulong, ulong)>();
        for (var word = 0; word < mask.Length; word++)
            if (mask[word] != 0) words.Add((word, mask[word], KeyHash.MultiplierOf(word)));
        _words = [.. words];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Of(ReadOnlySpan<ulong> key)
    {
        var hash = 0UL;
        foreach (var (word, mask, multiplier) in _words) hash ^= (key[word] & mask) * multiplier;
        return KeyHash.Finish(hash);
    }
}
