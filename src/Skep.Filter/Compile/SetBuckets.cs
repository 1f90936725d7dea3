using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Skep.Filter.Compile;

/// <summary>The buckets of a set's hash, filled.</summary>
/// <param name="Bytes">Whole pages.</param>
/// <param name="Count">The buckets that keys are spread over; 0 for an empty set.</param>
/// <param name="Seed">What the hash begins with.</param>
internal readonly record struct SetBuckets(byte[] Bytes, uint Count, ulong Seed)
{
    // Of a bucket's places, in hundredths: fuller ones run over more often than a probe is worth.
    private const int Occupied = 55;

    /// <summary>Spreads keys that differ over buckets; with more buckets and another seed as long as one is too full.</summary>
    internal static SetBuckets Fill(SetLayout layout, SetKeys keys)
    {
        if (keys.Count == 0) return new([], 0, 0);
        var seed = (ulong)Random.Shared.NextInt64();
        var count = (uint)Math.Max(1, (long)keys.Count * 100 / (layout.KeysPerBucket * Occupied));
        while (true)
        {
            if (TryFill(layout, keys, count, seed) is { } bytes) return new(bytes, count, seed);
            count += count / 4 + 1;
            seed = SetHash.Add(seed, count);
        }
    }

    private static byte[]? TryFill(SetLayout layout, SetKeys keys, uint count, ulong seed)
    {
        var perPage = layout.BucketsPerPage;
        var bytes = new byte[(count + perPage - 1) / perPage * SetLayout.PageBytes];
        for (var key = 0; key < keys.Count; key++)
            if (!Place(layout, bytes, keys, key, HomeOf(keys[key], count, seed))) return null;

        // What is left of a bucket holds a key of the set again: a program compares all of it, and finds nothing wrong.
        for (var bucket = 0; bucket < bytes.Length / layout.BucketBytes; bucket++)
        {
            var at = bytes.AsSpan(bucket * layout.BucketBytes, layout.BucketBytes);
            for (var i = BinaryPrimitives.ReadInt32LittleEndian(at[SetLayout.BucketCount..]); i < layout.KeysPerBucket; i++)
                Put(layout, at, i, keys, 0);
        }
        return bytes;
    }

    private static bool Place(SetLayout layout, byte[] bytes, SetKeys keys, int key, uint home)
    {
        var perPage = (uint)layout.BucketsPerPage;
        for (var probe = 0u; probe < SetLayout.Probes; probe++)
        {
            var bucket = home / perPage * perPage + (home + probe) % perPage;
            var at = bytes.AsSpan((int)(bucket * (uint)layout.BucketBytes), layout.BucketBytes);
            var used = BinaryPrimitives.ReadInt32LittleEndian(at[SetLayout.BucketCount..]);
            if (used < layout.KeysPerBucket)
            {
                Put(layout, at, used, keys, key);
                BinaryPrimitives.WriteInt32LittleEndian(at[SetLayout.BucketCount..], used + 1);
                return true;
            }
            BinaryPrimitives.WriteInt32LittleEndian(at[SetLayout.BucketOverflow..], 1);
        }
        return false;
    }

    private static void Put(SetLayout layout, Span<byte> bucket, int slot, SetKeys keys, int key)
    {
        keys[key].CopyTo(bucket[(SetLayout.BucketKeys + slot * layout.KeyBytes)..]);
        if (layout.IsTimed) BinaryPrimitives.WriteUInt64LittleEndian(bucket[(layout.EndsOffset + slot * 8)..], keys.Ends[key]);
        if (layout.IsCounted) BinaryPrimitives.WriteUInt32LittleEndian(bucket[(layout.PlacesOffset + slot * 4)..], keys.Places[key]);
    }

    private static uint HomeOf(ReadOnlySpan<byte> key, uint count, ulong seed)
    {
        if (key.Length == 4) return SetHash.Bucket(SetHash.Add(seed, MemoryMarshal.Read<uint>(key)), count);
        var hash = seed;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(key)) hash = SetHash.Add(hash, word);
        return SetHash.Bucket(hash, count);
    }
}
