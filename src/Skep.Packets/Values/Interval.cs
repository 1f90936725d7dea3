namespace Skep.Packets.Values;

/// <summary>A closed range of field values. A field's value is its bits as one unsigned number, most significant byte first.</summary>
/// <param name="Low">The lowest value in the range.</param>
/// <param name="High">The highest value in the range, not below <paramref name="Low"/>.</param>
public readonly record struct Interval(UInt128 Low, UInt128 High) : IComparable<Interval>
{
    /// <summary>Whether the range holds one value only.</summary>
    public bool IsSingle => Low == High;

    /// <summary>Whether the range contains a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>True when it does.</returns>
    public bool Contains(UInt128 value) => value >= Low && value <= High;

    /// <summary>Whether the range contains all of another.</summary>
    /// <param name="other">The other range.</param>
    /// <returns>True when it does.</returns>
    public bool Contains(Interval other) => other.Low >= Low && other.High <= High;

    /// <summary>Whether the two ranges share a value.</summary>
    /// <param name="other">The other range.</param>
    /// <returns>True when they do.</returns>
    public bool Overlaps(Interval other) => Low <= other.High && other.Low <= High;

    /// <summary>The range as a prefix, when its values are all those with the same leading bits.</summary>
    /// <param name="bits">The field's width in bits.</param>
    /// <param name="length">The number of leading bits that are fixed.</param>
    /// <returns>True when the range is a prefix.</returns>
    public bool TryGetPrefix(int bits, out int length)
    {
        var host = Low ^ High;
        var hostBits = 128 - (int)UInt128.LeadingZeroCount(host);
        length = bits - hostBits;
        return (host & (host + 1)) == 0 && (Low & host) == 0;
    }

    /// <inheritdoc/>
    public int CompareTo(Interval other)
    {
        var order = Low.CompareTo(other.Low);
        return order != 0 ? order : High.CompareTo(other.High);
    }

    /// <summary>The values of a prefix.</summary>
    /// <param name="value">Any value with the prefix's leading bits.</param>
    /// <param name="length">The number of leading bits that are fixed.</param>
    /// <param name="bits">The field's width in bits.</param>
    /// <returns>The range from the prefix's first to its last value.</returns>
    public static Interval FromPrefix(UInt128 value, int length, int bits)
    {
        var host = length == 0 ? Mask(bits) : Mask(bits - length);
        return new(value & ~host, value | host);
    }

    public static UInt128 Mask(int bits) => bits >= 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;

    /// <summary>Whether one range's low is before another's.</summary>
    public static bool operator <(Interval left, Interval right) => left.CompareTo(right) < 0;

    /// <summary>Whether one range's low is after another's.</summary>
    public static bool operator >(Interval left, Interval right) => left.CompareTo(right) > 0;

    /// <summary>Whether one range is not after another.</summary>
    public static bool operator <=(Interval left, Interval right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one range is not before another.</summary>
    public static bool operator >=(Interval left, Interval right) => left.CompareTo(right) >= 0;
}
