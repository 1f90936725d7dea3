using System.Diagnostics.CodeAnalysis;
using Skep.Bpf;

namespace Skep.Maps.Dump;

/// <summary>What happened to an entry between two snapshots.</summary>
public enum EntryChangeKind
{
    /// <summary>Its key was not there before.</summary>
    Added,

    /// <summary>Its value is another.</summary>
    Changed,

    /// <summary>Its key is not there any more.</summary>
    Deleted,
}

/// <summary>The entries of a map at about one moment: those that come and go while they are read may or may not be among them.</summary>
internal sealed class MapSnapshot
{
    private readonly Dictionary<byte[], byte[]> _entries;
    private readonly Dictionary<byte[], byte[]>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    private MapSnapshot(int capacity)
    {
        _entries = new Dictionary<byte[], byte[]>(capacity, new BytesComparer());
        _lookup = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public int Count => _entries.Count;

    /// <param name="key">The entry's key.</param>
    /// <param name="old">Its former value; null for one that was added.</param>
    /// <param name="value">Its value now; null for one that was deleted.</param>
    public delegate void ChangeHandler(byte[] key, byte[]? old, byte[]? value);

    public static MapSnapshot Read(BpfMap map) => Read(map, null, static (_, _, _) => { });

    /// <summary>Reads a snapshot and tells what is different from one before, deleted entries first.</summary>
    public static MapSnapshot Read(BpfMap map, MapSnapshot? before, ChangeHandler tell)
    {
        var now = new MapSnapshot(before?.Count ?? 0);
        map.Scan((key, value, error) =>
        {
            if (error.Number != 0) return true;

            // A value that stayed is kept, so that a map at rest makes no garbage.
            byte[]? oldKey = null, old = null;
            bool known = before is not null && before._lookup.TryGetValue(key, out oldKey, out old);
            now._entries[known ? oldKey! : key.ToArray()] = known && value.SequenceEqual(old) ? old! : value.ToArray();
            return true;
        });
        if (before is null) return now;
        foreach ((byte[] key, byte[] old) in before._entries)
            if (!now._entries.ContainsKey(key)) tell(key, old, null);
        foreach ((byte[] key, byte[] value) in now._entries)
        {
            if (!before._entries.TryGetValue(key, out byte[]? old)) tell(key, null, value);
            else if (!ReferenceEquals(old, value)) tell(key, old, value);
        }

        return now;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
