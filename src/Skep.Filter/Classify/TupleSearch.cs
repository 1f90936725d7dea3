using System.Numerics;
using System.Runtime.InteropServices;

namespace Skep.Filter.Classify;

/// <summary>
/// Finds few masks that many keys have in common, as tuple merging does: each round takes the mask whose table would hold the most of the
/// keys that are left with at most some under one value.
/// </summary>
internal sealed class TupleSearch
{
    private const int ExactBelow = 1 << 15, MostMasks = 12, MostCandidates = 96, ManyKeys = 1 << 18, FewCandidates = 32;

    private static readonly int[] PrefixLengths = [0, 8, 12, 16, 20, 24, 28];

    private readonly KeyList _keys;
    private readonly List<ulong[]> _groups = [];
    private readonly int[] _groupOf;
    private readonly ulong[] _allBits;
    private readonly StepBudget _budget;

    internal TupleSearch(KeyList keys, StepBudget budget)
    {
        _budget = budget;
        _keys = keys;
        _groupOf = new int[keys.Count];
        _allBits = new ulong[keys.Words];
        Array.Fill(_allBits, ulong.MaxValue);
        var numbers = new Dictionary<ulong, List<int>>();
        for (var key = 0; key < keys.Count; key++) _groupOf[key] = GroupOf(keys.Masks(key), numbers);
    }

    /// <summary>The most keys under one value of a mask: few where packets often have the value.</summary>
    internal static int MostUnder(ReadOnlySpan<ulong> mask) => Ternary.CountBits(mask) switch { >= 20 => 8, >= 10 => 4, _ => 2 };

    /// <summary>Finds the best mask for some keys.</summary>
    /// <param name="left">The keys, in order.</param>
    /// <param name="held">How many of them its table would hold, estimated for many.</param>
    internal ulong[] FindMask(ReadOnlySpan<int> left, out long held)
    {
        var weights = new long[_groups.Count];
        foreach (var key in left) weights[_groupOf[key]]++;
        var candidates = Candidates(weights, left.Length > ManyKeys ? FewCandidates : MostCandidates);
        var ordered = candidates.Select(mask => (Mask: mask, Bound: Bound(mask, weights))).OrderByDescending(c => c.Bound)
            .ThenByDescending(c => Ternary.CountBits(c.Mask)).ToList();
        var (best, bestBits) = (ordered[0].Mask, -1);
        held = -1;
        var scratch = new Scratch(Math.Min(left.Length, 4 * ExactBelow));
        foreach (var (mask, bound) in ordered)
        {
            var bits = Ternary.CountBits(mask);
            if (bound < held || (bound == held && bits <= bestBits) || (held >= 0 && _budget.IsSpent)) break;
            _budget.Take(left.Length);
            var holds = Holds(left, mask, scratch);
            if (holds < held || (holds == held && bits <= bestBits)) continue;
            (best, held, bestBits) = (mask, holds, bits);
        }
        return best;
    }

    /// <summary>Splits keys into those that the table of a mask holds, in order, and the others.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="hiding">Takes the rows behind which keys are left out.</param>
    internal (List<int> Members, List<int> Left) Split(ReadOnlySpan<int> keys, ulong[] mask, HashSet<int> hiding)
    {
        var (members, left) = (new List<int>(), new List<int>());
        var fits = _groups.Select(g => IsWithin(mask, g)).ToArray();
        var isSame = _groups.Select(g => g.AsSpan().SequenceEqual(mask)).ToArray();
        var most = MostUnder(mask);

        // The count under each value, and the key whose row matches all packets with it, so that no later row is ever found there.
        var under = new Dictionary<ulong, (int Count, int Covering)>(keys.Length);
        var hashed = new MaskedHash(mask);
        foreach (var key in keys)
        {
            if (!fits[_groupOf[key]])
            {
                left.Add(key);
                continue;
            }
            ref var value = ref CollectionsMarshal.GetValueRefOrAddDefault(under, hashed.Of(_keys.Values(key)), out var isKnown);
            if (!isKnown) value.Covering = -1;
            if (value.Covering >= 0 && IsSame(key, value.Covering, mask))
            {
                hiding.Add(_keys.RowOf(value.Covering));
                continue;
            }
            if (value.Count == most || value.Covering >= 0)
            {
                left.Add(key);
                continue;
            }
            members.Add(key);
            value.Count++;
            if (isSame[_groupOf[key]] && _keys.IsWhole(key)) value.Covering = key;
        }
        return (members, left);
    }

    private bool IsSame(int left, int right, ReadOnlySpan<ulong> mask)
    {
        var one = _keys.Values(left);
        var other = _keys.Values(right);
        for (var word = 0; word < mask.Length; word++)
            if (((one[word] ^ other[word]) & mask[word]) != 0) return false;
        return true;
    }

    private int GroupOf(ReadOnlySpan<ulong> mask, Dictionary<ulong, List<int>> numbers)
    {
        var hash = KeyHash.Of(mask, _allBits);
        if (!numbers.TryGetValue(hash, out var same)) numbers.Add(hash, same = []);
        foreach (var number in same)
            if (mask.SequenceEqual(_groups[number])) return number;
        same.Add(_groups.Count);
        _groups.Add(mask.ToArray());
        return _groups.Count - 1;
    }

    private List<ulong[]> Candidates(long[] weights, int most)
    {
        var top = Enumerable.Range(0, weights.Length).Where(g => weights[g] > 0).OrderByDescending(g => weights[g]).ToList();
        var masks = top.Take(MostMasks).Select(g => _groups[g]).ToList();
        var candidates = new List<ulong[]>(masks);
        var all = (ulong[])masks[0].Clone();
        foreach (var group in top)
            for (var word = 0; word < all.Length; word++) all[word] &= _groups[group][word];
        candidates.Add(all);
        for (var i = 0; i < masks.Count; i++)
            for (var j = 0; j < i; j++) candidates.Add([.. masks[i].Zip(masks[j], (left, right) => left & right)]);
        foreach (var mask in masks.Take(4)) candidates.AddRange(Relaxed(mask));
        return [.. candidates.DistinctBy(m => KeyHash.Of(m, _allBits)).Take(most)];
    }

    /// <summary>Masks with fewer bits: without a part, and with shorter prefixes.</summary>
    private IEnumerable<ulong[]> Relaxed(ulong[] mask)
    {
        foreach (var part in _keys.Parts)
        {
            var own = mask[part.Word] & part.Mask;
            if (own == 0) continue;
            foreach (var length in PrefixLengths)
            {
                if (length >= BitOperations.PopCount(own) || length >= part.Bits) continue;
                var kept = part.Mask & ~(part.Mask >> length);
                var relaxed = (ulong[])mask.Clone();
                relaxed[part.Word] = (mask[part.Word] & ~part.Mask) | (own & kept);
                yield return relaxed;
            }
        }
    }

    private long Bound(ulong[] mask, long[] weights)
    {
        var sum = 0L;
        for (var group = 0; group < weights.Length; group++)
            if (weights[group] > 0 && IsWithin(mask, _groups[group])) sum += weights[group];
        return sum;
    }

    private long Holds(ReadOnlySpan<int> left, ulong[] mask, Scratch scratch)
    {
        var fits = new bool[_groups.Count];
        for (var group = 0; group < fits.Length; group++) fits[group] = IsWithin(mask, _groups[group]);
        var most = MostUnder(mask);

        // Of many keys only those of some values are counted, so that the count under each is right. The upper bits of a hash are those
        // that all bits of a key have reached.
        var sampled = left.Length > ExactBelow ? BitOperations.Log2((uint)(left.Length / ExactBelow)) + 1 : 0;
        scratch.Clear();
        var held = 0L;
        var values = _keys.AllValues;
        var width = mask.Length;
        var hashed = new MaskedHash(mask);
        foreach (var key in left)
        {
            if (!fits[_groupOf[key]]) continue;
            var hash = hashed.Of(values.Slice(key * width, width));
            if ((hash & ~(ulong.MaxValue >> sampled)) == 0 && scratch.Count(hash) <= most) held++;
        }
        return held << sampled;
    }

    private static bool IsWithin(ReadOnlySpan<ulong> inner, ReadOnlySpan<ulong> outer)
    {
        for (var word = 0; word < inner.Length; word++)
            if ((inner[word] & ~outer[word]) != 0) return false;
        return true;
    }

    /// <summary>Counts how often each number came, as long as there is room for others.</summary>
    private sealed class Scratch
    {
        private readonly ulong[] _numbers;
        private readonly int[] _counts;
        private readonly int[] _round;
        private int _current, _used;

        internal Scratch(int most)
        {
            var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * most));
            (_numbers, _counts, _round) = (new ulong[size], new int[size], new int[size]);
        }

        internal void Clear() => (_current, _used) = (_current + 1, 0);

        internal int Count(ulong number)
        {
            for (var at = (int)((number * 0xd6e8feb86659fd93) >> 33) & (_numbers.Length - 1); ; at = (at + 1) & (_numbers.Length - 1))
            {
                if (_round[at] != _current)
                {
                    if (_used == _numbers.Length - 1) return int.MaxValue;
                    _used++;
                    (_round[at], _numbers[at], _counts[at]) = (_current, number, 1);
                    return 1;
                }
                if (_numbers[at] == number) return ++_counts[at];
            }
        }
    }
}
