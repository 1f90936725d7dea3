using System;
using Skep.Filter.Model;

namespace Skep.Filter.Compile;

/// <summary>
/// Where values stand in the program's frame, as numbers. Up to 32 bits stand in the upper word of 8 bytes; more are written as two
/// words and read as 8 bytes; IPv6 addresses are two of these, the high half first. Written so, the verifier keeps no copy of the register
/// that was written, and a comparison of a value does not teach it the slot's: else each rule's matches would be states of their own for
/// all rules behind it, and a table of some hundred rules would be refused.
/// </summary>
internal sealed class Slots
{
    /// <summary>The frame's length in bytes.</summary>
    internal const short Length = -8;

    /// <summary>The offset of the IP header.</summary>
    internal const short Network = -16;

    /// <summary>The offset of what the upper protocol begins with.</summary>
    internal const short Upper = -24;

    /// <summary>The offset of the checksum that covers the addresses.</summary>
    internal const short Checksum = -32;

    /// <summary>The upper protocol.</summary>
    internal const short Protocol = -40;

    /// <summary>The keys of maps are made here: up to 128 bytes and a prefix length before them.</summary>
    internal const short Key = Protocol - 8 - KeyBytes;

    internal const int KeyBytes = 168;
    private const int FrameBytes = 512;

    private readonly HashSet<Field> _read = [];
    private readonly Dictionary<Field, short> _places = [];

    /// <param name="fields">The fields that rules read.</param>
    /// <param name="images">The sets whose images are found once a packet.</param>
    internal Slots(IEnumerable<Field> fields, int images)
    {
        var next = Key - 8 * images - 8;
        Predicates = (short)next;
        foreach (var field in fields)
        {
            if (FieldInfo.Of(field).Source is not (FieldSource.Header or FieldSource.EtherType)) continue;
            _read.Add(field);
            if (_places.ContainsKey(FieldPlaces.Of(field))) continue;
            next -= IsWide(field) ? 16 : 8;
            _places.Add(FieldPlaces.Of(field), (short)next);
        }
        if (-next > FrameBytes) throw new InvalidOperationException("the fields do not fit into the frame");
    }

    /// <summary>The words in which fields stand.</summary>
    internal IEnumerable<short> Words
    {
        get
        {
            foreach (var (name, slot) in _places)
                for (var at = IsWord(name) ? 4 : 0; at < (IsWide(name) ? 16 : 8); at += 4) yield return (short)(slot + at);
        }
    }

    /// <summary>Where the image of a set stands.</summary>
    internal static short Image(int set) => (short)(Key - 8 * (set + 1));

    /// <summary>Whether a field stands in one word.</summary>
    internal static bool IsWord(Field field) => FieldInfo.Of(field).Bits <= 32;

    internal static bool IsWide(Field field) => FieldInfo.Of(field).Bits == 128;

    /// <summary>Where the bits of a classifier's predicates stand.</summary>
    internal short Predicates { get; }

    /// <summary>The place of a field that the rules read.</summary>
    /// <returns>False when no rule reads it.</returns>
    internal bool TryFind(Field field, out short slot)
    {
        slot = _read.Contains(field) ? Of(field) : default;
        return slot != 0;
    }

    internal short Of(Field field) => _places[FieldPlaces.Of(field)];
}
