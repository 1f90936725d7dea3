using System.Numerics;

namespace Skep.Analysis.Analyze;

/// <summary>
/// The numbers that a register or stack slot may hold: a few that are known each, or all between two bounds that have some bits in
/// common. Always a superset of what can happen. The default is any number.
/// </summary>
public readonly struct Numbers : IEquatable<Numbers>
{
    /// <summary>More numbers than these are kept by their bits and bounds only.</summary>
    public const int Most = 16;

    // By complement, so that the default has no bit known and no bound.
    private readonly ulong _known;
    private readonly ulong _bits;
    private readonly ulong _least;
    private readonly ulong _belowGreatest;
    private readonly ulong[]? _few;

    private Numbers(ulong bits, ulong known, ulong least, ulong greatest, ulong[]? few) =>
        (_bits, _known, _least, _belowGreatest, _few) = (bits, known, least, ~greatest, few);

    /// <summary>Any number.</summary>
    public static Numbers Any => default;

    /// <summary>The bits that all of them have; 0 where it is not known.</summary>
    internal ulong Bits => _bits;

    /// <summary>The bits that are not known.</summary>
    internal ulong Open => ~_known;

    /// <summary>The smallest, unsigned.</summary>
    public ulong Least => _least;

    /// <summary>The greatest, unsigned.</summary>
    public ulong Greatest => ~_belowGreatest;

    /// <summary>Whether nothing is known.</summary>
    public bool IsAny => _known == 0 && _least == 0 && _belowGreatest == 0 && _few is null;

    /// <summary>The only number; null when there are more.</summary>
    public ulong? Single => Least == Greatest ? Least : null;

    /// <summary>One number.</summary>
    public static Numbers Of(ulong number) => new(number, ulong.MaxValue, number, number, null);

    /// <summary>All numbers of so many bits.</summary>
    public static Numbers OfBits(int bits) => bits >= 64 ? Any : Between(0, (1UL << bits) - 1);

    /// <summary>All numbers from one to another, unsigned.</summary>
    public static Numbers Between(ulong least, ulong greatest) => Bounded(0, ulong.MaxValue, least, greatest);

    /// <summary>Some numbers.</summary>
    public static Numbers OfAny(ReadOnlySpan<ulong> numbers)
    {
        if (numbers.Length == 0) return Any;
        ulong and = ulong.MaxValue, or = 0, least = ulong.MaxValue, greatest = 0;
        foreach (ulong number in numbers)
        {
            and &= number;
            or |= number;
            least = Math.Min(least, number);
            greatest = Math.Max(greatest, number);
        }

        if (least == greatest) return Of(least);
        ulong known = ~(and ^ or);
        ulong[] few = [.. numbers];
        Array.Sort(few);
        int count = 1;
        for (int i = 1; i < few.Length; i++)
            if (few[i] != few[count - 1]) few[count++] = few[i];
        return new Numbers(and & known, known, least, greatest, count <= Most ? few[..count] : null);
    }

    /// <summary>The numbers that have some bits and lie between bounds. What contradicts itself is cut to the bounds.</summary>
    /// <param name="bits">The bits that are known.</param>
    /// <param name="open">The bits that are not.</param>
    /// <param name="least">The smallest.</param>
    /// <param name="greatest">The greatest.</param>
    internal static Numbers Bounded(ulong bits, ulong open, ulong least, ulong greatest)
    {
        bits &= ~open;
        ulong low = Math.Max(least, bits), high = Math.Min(greatest, bits | open);
        if (low > high) (low, high) = (least, greatest);
        if (low == high) return Of(low);

        // The bits above the highest in which the bounds differ.
        ulong above = ~(ulong.MaxValue >> BitOperations.LeadingZeroCount(low ^ high));
        ulong known = ~open | above;
        bits = (bits & ~above) | (low & above);
        if (BitOperations.PopCount(~known) <= 4) return Listed(bits, ~known, low, high);
        if (high - low >= Most) return new Numbers(bits, known, low, high, null);
        Span<ulong> few = stackalloc ulong[Most];
        int count = 0;
        for (ulong number = low; ; number++)
        {
            if ((number & known) == bits) few[count++] = number;
            if (number == high) break;
        }

        return count == 0 ? new Numbers(bits, known, low, high, null) : OfAny(few[..count]);
    }

    /// <summary>Each number, where they are few; null where they are many.</summary>
    public IReadOnlyList<ulong>? ToList() => _few ?? (Single is { } only ? [only] : null);

    /// <summary>Whether a number may be one of these.</summary>
    public bool Contains(ulong number) =>
        _few is { } few ? Array.BinarySearch(few, number) >= 0 : number >= Least && number <= Greatest && (number & _known) == _bits;

    /// <summary>What holds when either may be.</summary>
    /// <param name="other">The other numbers.</param>
    /// <param name="widen">Whether what is not the same is given up, so that a loop ends.</param>
    public Numbers Join(in Numbers other, bool widen = false)
    {
        if (IsAny || Equals(other)) return this;
        if (other.IsAny) return other;
        if (widen) return Widened(other);
        if (ToList() is { } ours && other.ToList() is { } theirs) return OfAny([.. ours, .. theirs]);
        ulong known = _known & other._known & ~(_bits ^ other._bits);
        return Bounded(_bits & known, ~known, Math.Min(Least, other.Least), Math.Max(Greatest, other.Greatest));
    }

    /// <inheritdoc/>
    public bool Equals(Numbers other) =>
        _known == other._known && _bits == other._bits && _least == other._least && _belowGreatest == other._belowGreatest
        && (ReferenceEquals(_few, other._few) || (_few is not null && other._few is not null && _few.AsSpan().SequenceEqual(other._few)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Numbers other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_known, _bits, _least, _belowGreatest);

    /// <summary>Whether both are the same numbers.</summary>
    public static bool operator ==(Numbers left, Numbers right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(Numbers left, Numbers right) => !left.Equals(right);

    private Numbers Widened(in Numbers other)
    {
        if (other.ToList() is { } theirs && All(theirs)) return this;
        ulong greatest = Math.Max(Greatest, other.Greatest);
        if (greatest <= Greatest && other.Least >= Least && _few is null && (other._known & _known) == _known
            && (other._bits & _known) == _bits) return this;
        return greatest <= 1 ? OfBits(1) : greatest <= byte.MaxValue ? OfBits(8) : greatest <= uint.MaxValue ? OfBits(32) : Any;
    }

    private bool All(IReadOnlyList<ulong> numbers)
    {
        foreach (ulong number in numbers)
            if (!Contains(number)) return false;
        return true;
    }

    private static Numbers Listed(ulong bits, ulong open, ulong low, ulong high)
    {
        Span<ulong> few = stackalloc ulong[Most];
        int count = 0;
        for (ulong part = open; ; part = (part - 1) & open)
        {
            if ((bits | part) >= low && (bits | part) <= high) few[count++] = bits | part;
            if (part == 0) break;
        }

        return count == 0 ? Of(low) : OfAny(few[..count]);
    }
}
