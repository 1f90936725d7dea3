using System.Collections;
using System.Numerics;

namespace Skep.Filter.Model;

/// <summary>A set of headers, in the order of their declaration.</summary>
internal readonly record struct HeaderSet(uint Bits) : IReadOnlySet<Header>
{
    /// <inheritdoc/>
    public int Count => BitOperations.PopCount(Bits);

    internal static uint BitOf(Header header) => 1u << (int)header;

    internal static uint BitsOf(IEnumerable<Header> headers)
    {
        if (headers is HeaderSet set) return set.Bits;
        var bits = 0u;
        foreach (var header in headers) bits |= BitOf(header);
        return bits;
    }

    /// <inheritdoc/>
    public bool Contains(Header item) => (Bits & BitOf(item)) != 0;

    /// <inheritdoc/>
    public bool IsSubsetOf(IEnumerable<Header> other) => (Bits & ~BitsOf(other)) == 0;

    /// <inheritdoc/>
    public bool IsSupersetOf(IEnumerable<Header> other) => (BitsOf(other) & ~Bits) == 0;

    /// <inheritdoc/>
    public bool IsProperSubsetOf(IEnumerable<Header> other) => BitsOf(other) is var bits && bits != Bits && (Bits & ~bits) == 0;

    /// <inheritdoc/>
    public bool IsProperSupersetOf(IEnumerable<Header> other) => BitsOf(other) is var bits && bits != Bits && (bits & ~Bits) == 0;

    /// <inheritdoc/>
    public bool Overlaps(IEnumerable<Header> other) => (Bits & BitsOf(other)) != 0;

    /// <inheritdoc/>
    public bool SetEquals(IEnumerable<Header> other) => BitsOf(other) == Bits;

    /// <summary>Walks the headers without an allocation.</summary>
    public Enumerator GetEnumerator() => new(Bits);

    IEnumerator<Header> IEnumerable<Header>.GetEnumerator()
    {
        foreach (var header in this) yield return header;
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<Header>)this).GetEnumerator();

    internal struct Enumerator(uint rest)
    {
        private uint _rest = rest;

        public Header Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest == 0) return false;
            Current = (Header)BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }
}
