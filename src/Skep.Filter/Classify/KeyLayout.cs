using System.Numerics;
using Skep.Filter.Model;

namespace Skep.Filter.Classify;

/// <summary>What stands in some bits of a key.</summary>
internal enum KeySource
{
    /// <summary>The value of a field, by its place (<see cref="FieldPlaces"/>).</summary>
    Field,

    /// <summary>The upper 64 bits of a field of 128.</summary>
    FieldHigh,

    /// <summary>The bits of <see cref="Model.Presence"/>.</summary>
    Presence,

    /// <summary>A bit for each match that is evaluated before the key is made.</summary>
    Predicates,
}

/// <summary>A part of a key.</summary>
/// <param name="Source">What it holds.</param>
/// <param name="Field">Of which field.</param>
/// <param name="Bits">Its width.</param>
/// <param name="Word">The word that it stands in.</param>
/// <param name="Shift">The bits behind it in that word.</param>
internal readonly record struct KeyPart(KeySource Source, Field Field, int Bits, int Word, int Shift)
{
    /// <summary>Its bits in the word.</summary>
    internal ulong Mask => (ulong.MaxValue >> (64 - Bits)) << Shift;
}

/// <summary>Where what rules compare stands in the words of a key. A field of 128 bits is two words, the high one first.</summary>
internal sealed class KeyLayout
{
    private const int PresenceBits = 17;
    private readonly List<KeyPart> _parts = [];
    private readonly int[] _places = new int[FieldInfo.All.Count], _highs = new int[FieldInfo.All.Count];

    /// <param name="places">The places of the fields that rules use.</param>
    /// <param name="needsPresence">Whether any rule needs a header.</param>
    /// <param name="predicates">How many predicates there are.</param>
    internal KeyLayout(IEnumerable<Field> places, bool needsPresence, int predicates)
    {
        Array.Fill(_places, -1);
        var wanted = new List<(KeySource Source, Field Field, int Bits)>();
        foreach (var place in places)
        {
            var bits = FieldInfo.Of(place).Bits;
            if (bits == 128) wanted.Add((KeySource.FieldHigh, place, 64));
            wanted.Add((KeySource.Field, place, Math.Min(bits, 64)));
        }
        if (needsPresence) wanted.Add((KeySource.Presence, default, PresenceBits));
        if (predicates > 0) wanted.Add((KeySource.Predicates, default, predicates));
        var free = new List<int>();
        foreach (var (source, field, bits) in wanted.OrderByDescending(w => w.Bits).ThenBy(w => w.Source).ThenBy(w => w.Field))
        {
            var word = free.FindIndex(f => f >= bits);
            if (word < 0)
            {
                word = free.Count;
                free.Add(64);
            }
            free[word] -= bits;
            _parts.Add(new(source, field, bits, word, free[word]));
        }
        Words = Math.Max(1, free.Count);
        for (var i = 0; i < _parts.Count; i++)
        {
            if (_parts[i].Source == KeySource.Field) _places[(int)_parts[i].Field] = i;
            if (_parts[i].Source == KeySource.FieldHigh) _highs[(int)_parts[i].Field] = i;
            if (_parts[i].Source == KeySource.Presence) Presence = _parts[i];
            if (_parts[i].Source == KeySource.Predicates) Predicates = _parts[i];
        }
    }

    internal IReadOnlyList<KeyPart> Parts => _parts;

    internal int Words { get; }

    internal KeyPart? Presence { get; }

    internal KeyPart? Predicates { get; }

    /// <summary>Where a field's value stands; of 128 bits, its lower half.</summary>
    internal KeyPart Of(Field place) => _parts[_places[(int)place]];

    /// <summary>Where the upper half of a field of 128 bits stands.</summary>
    internal KeyPart HighOf(Field place) => _parts[_highs[(int)place]];
}

/// <summary>Bits of a value of which some count.</summary>
internal static class Ternary
{
    /// <summary>The leading bits that all values between two have in common.</summary>
    internal static (UInt128 Value, UInt128 Mask) Cover(UInt128 low, UInt128 high, int bits)
    {
        var differ = low ^ high;
        var below = differ == 0 ? UInt128.Zero : UInt128.MaxValue >> (int)UInt128.LeadingZeroCount(differ);
        var mask = ~below & Skep.Packets.Values.Interval.Mask(bits);
        return (low & mask, mask);
    }

    internal static int CountBits(ReadOnlySpan<ulong> mask)
    {
        var count = 0;
        foreach (var word in mask) count += BitOperations.PopCount(word);
        return count;
    }
}
