namespace Skep.Filter.Classify;

/// <summary>
/// A hash table of rows whose keys have the bits of a mask in common. Buckets hold seven: a word of seven tags of a byte, which all tables
/// are asked for before anything else is read, and seven numbers of records. The eighth byte of the word is for whether a key that belongs
/// here may stand in the next bucket.
/// </summary>
internal sealed class TupleTable
{
    internal const int KeysPerBucket = 7, MostBuckets = 4;

    private const int MostDoublings = 4;

    /// <summary>The last byte of a word of tags: all keys of the bucket are in it, or the search goes on.</summary>
    internal const byte Complete = 0x7f, GoesOn = 0;

    private readonly ulong[] _mask;

    private TupleTable(ulong[] mask, int bits, ulong[] tags, int[] rows, int firstRule, int count) =>
        (_mask, Bits, Tags, Rows, FirstRule, Count) = (mask, bits, tags, rows, firstRule, count);

    internal ReadOnlySpan<ulong> Mask => _mask;

    /// <summary>Its home buckets are 2 to this power; <see cref="MostBuckets"/> - 1 more are behind them.</summary>
    internal int Bits { get; }

    internal ulong[] Tags { get; }

    /// <summary>The row of each slot, -1 for none; 8 slots a bucket, of which the last is unused.</summary>
    internal int[] Rows { get; }

    /// <summary>The first rule in it.</summary>
    internal int FirstRule { get; }

    /// <summary>How many keys it holds.</summary>
    internal int Count { get; }

    internal int Buckets => Tags.Length;

    /// <summary>Makes the table of keys that all have the bits of a mask.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="members">Which of them, in order.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="unplaced">Those for which no bucket has room, however many there are.</param>
    internal static TupleTable Of(KeyList keys, IReadOnlyList<int> members, ulong[] mask, out List<int> unplaced)
    {
        var hashed = new MaskedHash(mask);
        var hashes = new ulong[members.Count];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = hashed.Of(keys.Values(members[i]));
        var bits = 1;
        while ((KeysPerBucket - 3) << bits < members.Count) bits++;
        for (var most = bits + MostDoublings; bits < most && !HasRoom(hashes, bits); bits++) { }
        return Fill(keys, members, mask, hashes, bits, out unplaced);
    }

    private static bool HasRoom(ulong[] hashes, int bits)
    {
        var used = new byte[BucketsOf(bits)];
        foreach (var hash in hashes)
        {
            var home = KeyHash.Bucket(hash, bits);
            var at = FirstWithRoom(used, home);
            if (at == home + MostBuckets) return false;
            used[at]++;
        }
        return true;
    }

    private static TupleTable Fill(
        KeyList keys, IReadOnlyList<int> members, ulong[] mask, ulong[] hashes, int bits, out List<int> unplaced)
    {
        unplaced = [];
        var buckets = BucketsOf(bits);
        var used = new byte[buckets];
        var tags = new ulong[buckets];
        var rows = new int[buckets * 8];
        Array.Fill(tags, (ulong)Complete << 56);
        Array.Fill(rows, -1);
        for (var i = 0; i < hashes.Length; i++)
        {
            var (key, hash) = (members[i], hashes[i]);
            var home = KeyHash.Bucket(hash, bits);
            var at = FirstWithRoom(used, home);
            if (at == home + MostBuckets)
            {
                unplaced.Add(key);
                continue;
            }
            for (var full = home; full < at; full++) tags[full] &= ulong.MaxValue >> 8;
            tags[at] |= (ulong)KeyHash.Tag(hash) << (8 * used[at]);
            rows[8 * at + used[at]++] = keys.RowOf(key);
        }
        return new(mask, bits, tags, rows, members.Count == 0 ? 0 : keys.RuleOf(members[0]), members.Count - unplaced.Count);
    }

    private static int BucketsOf(int bits) => (1 << bits) + MostBuckets - 1;

    /// <summary>The first bucket of a key that has room, or the one behind the last.</summary>
    private static int FirstWithRoom(byte[] used, int home)
    {
        var at = home;
        while (at < home + MostBuckets && used[at] == KeysPerBucket) at++;
        return at;
    }
}
