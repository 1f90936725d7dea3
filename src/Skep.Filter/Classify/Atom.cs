using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Classify;

/// <summary>A condition on one field: some of its bits, and a range where bits cannot express it.</summary>
/// <param name="Place">The field's place.</param>
/// <param name="Value">What the bits must be.</param>
/// <param name="Mask">The bits that count.</param>
/// <param name="Low">The lowest value.</param>
/// <param name="High">The highest value.</param>
/// <param name="HasRange">Whether the bits let through more than the range does.</param>
internal readonly record struct Atom(Field Place, UInt128 Value, UInt128 Mask, ulong Low, ulong High, bool HasRange)
{
    internal static Atom Of(Field place, Interval range)
    {
        var bits = FieldInfo.Of(place).Bits;
        if (range.IsSingle)
            return new(place, range.Low, Interval.Mask(bits), (ulong)range.Low, (ulong)range.Low, false);
        var (value, mask) = Ternary.Cover(range.Low, range.High, bits);
        var isExact = value == range.Low && (value | (Interval.Mask(bits) & ~mask)) == range.High;
        return new(place, value, mask, (ulong)range.Low, (ulong)range.High, !isExact);
    }

    /// <summary>The condition that both hold.</summary>
    /// <returns>False when nothing can meet both.</returns>
    internal static bool TryJoin(Atom left, Atom right, out Atom both)
    {
        both = left;
        if (((left.Value ^ right.Value) & left.Mask & right.Mask) != 0) return false;
        var all = (ulong)(Interval.Mask(Math.Min(64, FieldInfo.Of(left.Place).Bits)));
        var (low, high) = (Math.Max(left.HasRange ? left.Low : 0, right.HasRange ? right.Low : 0),
            Math.Min(left.HasRange ? left.High : all, right.HasRange ? right.High : all));
        both = new(left.Place, left.Value | right.Value, left.Mask | right.Mask, low, high, left.HasRange || right.HasRange);
        return low <= high;
    }
}
