using System.Runtime.InteropServices;
using Skep.Filter.Compile;
using Skep.Packets.Values;

namespace Skep.Filter.Update;

/// <summary>A place in the buckets of a set.</summary>
/// <param name="Bucket">Where its bucket is in the image.</param>
/// <param name="Slot">Its number in the bucket.</param>
internal readonly record struct BucketPlace(int Bucket, int Slot);

/// <summary>
/// Plans changes of one key in the buckets of a set's hash (<see cref="SetBuckets"/>). A program compares all slots of a bucket, those that
/// hold no element too: what such a slot holds is found earlier on the way of its key, or not on it at all. A key of several words is
/// written word by word where no mix of the old ones and the new ones is on a packet's way either.
/// </summary>
internal sealed class BucketEdit
{
    /// <summary>The end of an element that was deleted.</summary>
    internal const ulong Deleted = 1;

    private const int Candidates = 64, MostChangedWords = 6;

    private readonly SetLayout _layout;
    private readonly IImageMemory _image;
    private readonly uint _count;
    private readonly ulong _seed;
    private readonly int _words;

    internal BucketEdit(SetLayout layout, IImageMemory image)
    {
        _layout = layout;
        _image = image;
        _count = image.Load(SetHeader.Buckets);
        _seed = image.LoadDouble(SetHeader.Seed);
        _words = Math.Max(1, layout.KeyBytes / 8);
    }

    internal bool IsEmpty => _count == 0;

    /// <summary>The words of a key.</summary>
    internal static ulong[] WordsOf(ReadOnlySpan<byte> key) =>
        key.Length == 4 ? [MemoryMarshal.Read<uint>(key)] : MemoryMarshal.Cast<byte, ulong>(key).ToArray();

    /// <summary>The first place where a program finds a key.</summary>
    internal BucketPlace? Find(ReadOnlySpan<ulong> key)
    {
        if (IsEmpty) return null;
        foreach (var bucket in Way(key))
            for (var slot = 0; slot < _layout.KeysPerBucket; slot++)
                if (HasAt(bucket, slot, key)) return new(bucket, slot);
        return null;
    }

    /// <summary>Reads all keys that a program finds, also while one of them is being changed.</summary>
    internal void Read(ReadRows rows)
    {
        var pages = (_count + _layout.BucketsPerPage - 1) / _layout.BucketsPerPage;
        for (var bucket = SetLayout.PageBytes; bucket < (1 + pages) * SetLayout.PageBytes; bucket += _layout.BucketBytes)
        {
            for (var slot = 0; slot < _layout.KeysPerBucket; slot++)
            {
                var key = KeyAt(bucket, slot);
                if (Find(key) != new BucketPlace(bucket, slot)) continue;
                var place = _layout.IsCounted ? _image.Load(PlaceAt(bucket, slot)) : 0;
                if (_layout.IsCounted && place == 0) continue;
                SetImageReader.AddKey(_layout, BytesOf(key), rows.Ranges);
                rows.End(_layout.IsTimed ? _image.LoadDouble(EndAt(bucket, slot)) : SetRows.Forever, place);
            }
        }
    }

    /// <summary>Plans to add a key.</summary>
    /// <param name="key">Its words.</param>
    /// <param name="end">When it ends.</param>
    /// <param name="now">The time.</param>
    /// <param name="place">Where it counts, if it does.</param>
    /// <param name="stores">Takes the stores.</param>
    /// <param name="more">How many more elements there are then.</param>
    /// <returns>False when there is no room for it.</returns>
    internal bool TryAdd(ReadOnlySpan<ulong> key, ulong end, ulong now, uint place, ImageStores stores, out int more)
    {
        more = 0;
        if (IsEmpty) return false;
        if (Find(key) is { } found) return TryAddTo(found, end, now, place, stores, out more);
        var home = HomeOf(key);
        for (var probe = 0; probe < SetLayout.Probes; probe++)
        {
            var bucket = At(home, probe);
            var used = (int)_image.Load(bucket + SetLayout.BucketCount);
            if (used < _layout.KeysPerBucket)
            {
                if (_layout.IsTimed) stores.Double(EndAt(bucket, used), end);
                if (_layout.IsCounted) stores.Word(PlaceAt(bucket, used), place);
                if (!TryWrite(bucket, used, key, stores)) return false;
                stores.Word(bucket + SetLayout.BucketCount, (uint)used + 1);
                more = 1;
                return true;
            }
            if (_image.Load(bucket + SetLayout.BucketOverflow) != 0) continue;
            if (!MayRunOver(bucket)) return false;
            stores.Word(bucket + SetLayout.BucketOverflow, 1);
        }
        return false;
    }

    private bool TryAddTo(BucketPlace found, ulong end, ulong now, uint place, ImageStores stores, out int more)
    {
        more = 0;
        if (_layout.IsCounted)
        {
            if (_image.Load(PlaceAt(found.Bucket, found.Slot)) == 0)
            {
                more = 1;
                if (_layout.IsTimed) stores.Double(EndAt(found.Bucket, found.Slot), end);
                stores.Word(PlaceAt(found.Bucket, found.Slot), place);
                return true;
            }

            // One that ran out counts from its beginning again: its time and its place would be two stores.
            if (_layout.IsTimed && !SetRows.IsLive(_image.LoadDouble(EndAt(found.Bucket, found.Slot)), now)) return false;
        }
        if (!_layout.IsTimed) return true;
        var have = _image.LoadDouble(EndAt(found.Bucket, found.Slot));
        var later = SetRows.IsLive(have, now) ? SetRows.Later(have, end) : end;
        if (have == Deleted) more = 1;
        if (later != have) stores.Double(EndAt(found.Bucket, found.Slot), later);
        return true;
    }

    /// <summary>Plans to delete a key that is there.</summary>
    /// <returns>False when it is not, or cannot be deleted here.</returns>
    internal bool TryDelete(ReadOnlySpan<ulong> key, ulong now, ImageStores stores)
    {
        if (Find(key) is not { } found) return false;
        if (_layout.IsCounted)
        {
            if (_image.Load(PlaceAt(found.Bucket, found.Slot)) == 0
                || (_layout.IsTimed && !SetRows.IsLive(_image.LoadDouble(EndAt(found.Bucket, found.Slot)), now))) return false;
            stores.Word(PlaceAt(found.Bucket, found.Slot), 0);
            return true;
        }
        if (_layout.IsTimed)
        {
            if (!SetRows.IsLive(_image.LoadDouble(EndAt(found.Bucket, found.Slot)), now)) return false;
            stores.Double(EndAt(found.Bucket, found.Slot), Deleted);
            return true;
        }
        foreach (var bucket in Way(key).ToArray())
            if (!TryDeleteFrom(bucket, key, stores)) return false;
        return true;
    }

    private bool TryDeleteFrom(int bucket, ReadOnlySpan<ulong> key, ImageStores stores)
    {
        var used = (int)_image.Load(bucket + SetLayout.BucketCount);
        var (isElement, other) = (false, used - 1);
        while (other >= 0 && HasAt(bucket, other, key)) other--;
        for (var slot = 0; slot < _layout.KeysPerBucket; slot++)
        {
            if (!HasAt(bucket, slot, key)) continue;
            if (slot < used) isElement = true;
            if (other >= 0 ? !TryWrite(bucket, slot, KeyAt(bucket, other), stores) : !TryWriteNothing(bucket, slot, stores)) return false;
        }
        if (isElement) stores.Word(bucket + SetLayout.BucketCount, (uint)used - 1);
        return true;
    }

    private bool TryWriteNothing(int bucket, int slot, ImageStores stores)
    {
        Span<ulong> words = stackalloc ulong[_words];
        for (var candidate = 0; candidate < Candidates; candidate++)
        {
            foreach (ref var word in words)
                word = _layout.KeyBytes == 4 ? (uint)Random.Shared.NextInt64() : (ulong)Random.Shared.NextInt64();
            if (!Meets(bucket, words) && TryWrite(bucket, slot, words, stores)) return true;
        }
        return false;
    }

    /// <summary>
    /// Plans to write a key. A packet may read some of its words before they are written and others after: what that makes is the key of no
    /// packet that comes here.
    /// </summary>
    private bool TryWrite(int bucket, int slot, ReadOnlySpan<ulong> key, ImageStores stores)
    {
        var before = KeyAt(bucket, slot);
        var changed = new List<int>();
        for (var word = 0; word < _words; word++)
            if (before[word] != key[word]) changed.Add(word);
        if (changed.Count > MostChangedWords) return false;
        for (var mix = 1; mix < (1 << changed.Count) - 1; mix++)
        {
            var words = (ulong[])before.Clone();
            for (var i = 0; i < changed.Count; i++)
                if ((mix >> i & 1) != 0) words[changed[i]] = key[changed[i]];
            if (Meets(bucket, words)) return false;
        }
        foreach (var word in changed)
        {
            var at = KeyAtOffset(bucket, slot) + 8 * word;
            if (_layout.KeyBytes == 4) stores.Word(at, (uint)key[word]);
            else stores.Double(at, key[word]);
        }
        return true;
    }

    /// <summary>Whether a full bucket may lead on to the next: no key of the page that is no element may be found then.</summary>
    private bool MayRunOver(int bucket)
    {
        var page = bucket & ~(SetLayout.PageBytes - 1);
        for (var at = page; at < page + SetLayout.PageBytes; at += _layout.BucketBytes)
            for (var slot = (int)_image.Load(at + SetLayout.BucketCount); slot < _layout.KeysPerBucket; slot++)
                if (KeyAt(at, slot) is var key && (At(HomeOf(key), 0) & ~(SetLayout.PageBytes - 1)) == page && Find(key) is null)
                    return false;
        return true;
    }

    /// <summary>Whether the way of a key leads to a bucket, or would where buckets before it ran over.</summary>
    private bool Meets(int bucket, ReadOnlySpan<ulong> key)
    {
        var home = HomeOf(key);
        for (var probe = 0; probe < SetLayout.Probes; probe++)
            if (At(home, probe) == bucket) return true;
        return false;
    }

    private IEnumerable<int> Way(ReadOnlySpan<ulong> key) => WayFrom(HomeOf(key));

    private IEnumerable<int> WayFrom(uint home)
    {
        for (var probe = 0; probe < SetLayout.Probes; probe++)
        {
            var bucket = At(home, probe);
            yield return bucket;
            if (_image.Load(bucket + SetLayout.BucketOverflow) == 0) yield break;
        }
    }

    private int At(uint home, int probe)
    {
        var perPage = (uint)_layout.BucketsPerPage;
        return SetLayout.PageBytes + (int)(home / perPage * perPage + (home + (uint)probe) % perPage) * _layout.BucketBytes;
    }

    private uint HomeOf(ReadOnlySpan<ulong> key)
    {
        var hash = _seed;
        foreach (var word in key) hash = SetHash.Add(hash, word);
        return SetHash.Bucket(hash, _count);
    }

    private int KeyAtOffset(int bucket, int slot) => bucket + SetLayout.BucketKeys + slot * _layout.KeyBytes;

    private int EndAt(int bucket, int slot) => bucket + _layout.EndsOffset + 8 * slot;

    private int PlaceAt(int bucket, int slot) => bucket + _layout.PlacesOffset + 4 * slot;

    private ulong[] KeyAt(int bucket, int slot)
    {
        var key = new ulong[_words];
        for (var word = 0; word < _words; word++) key[word] = WordAt(bucket, slot, word);
        return key;
    }

    private bool HasAt(int bucket, int slot, ReadOnlySpan<ulong> key)
    {
        for (var word = 0; word < _words; word++)
            if (WordAt(bucket, slot, word) != key[word]) return false;
        return true;
    }

    private ulong WordAt(int bucket, int slot, int word) =>
        _layout.KeyBytes == 4 ? _image.Load(KeyAtOffset(bucket, slot)) : _image.LoadDouble(KeyAtOffset(bucket, slot) + 8 * word);

    private ReadOnlySpan<byte> BytesOf(ulong[] key) => MemoryMarshal.AsBytes(key.AsSpan());
}
