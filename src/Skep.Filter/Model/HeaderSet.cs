using System.Collections;
using System.Numerics;

namespace Skep.Filter.Model;

/// <summary>A set of headers, in the order of their declaration.</summary>
internal sealed class HeaderSet(uint bits) : IReadOnlySet<Header>
{
    private readonly uint _bits = bits;

    /// <inheritdoc/>
    public int Count => BitOperations.PopCount(_bits);

    internal static uint BitOf(Header header) => 1u << (int)header;

    internal static uint BitsOf(IEnumerable<Header> headers)
    {
        if (headers is HeaderSet set) return set._bits;
        var bits = 0u;
        foreach (var header in headers) bits |= BitOf(header);
        return bits;
    }

    /// <inheritdoc/>
    public bool Contains(Header item) => (_bits & BitOf(item)) != 0;

    /// <inheritdoc/>
    public bool IsSubsetOf(IEnumerable<Header> other) => (_bits & ~BitsOf(other)) == 0;

    /// <inheritdoc/>
    public bool IsSupersetOf(IEnumerable<Header> other) => (BitsOf(other) & ~_bits) == 0;

    /// <inheritdoc/>
    public bool IsProperSubsetOf(IEnumerable<Header> other) => BitsOf(other) is var bits && bits != _bits && (_bits & ~bits) == 0;

    /// <inheritdoc/>
    public bool IsProperSupersetOf(IEnumerable<Header> other) => BitsOf(other) is var bits && bits != _bits && (bits & ~_bits) == 0;

    /// <inheritdoc/>
    public bool Overlaps(IEnumerable<Header> other) => (_bits & BitsOf(other)) != 0;

    /// <inheritdoc/>
    public bool SetEquals(IEnumerable<Header> other) => BitsOf(other) == _bits;

    /// <inheritdoc/>
    public IEnumerator<Header> GetEnumerator()
    {
        for (var rest = _bits; rest != 0; rest &= rest - 1) yield return (Header)BitOperations.TrailingZeroCount(rest);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
