using System;
using System.Collections.Immutable;
using System.Numerics;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>
/// What is compared of two rules first: the headers that the earlier one needs, and the ends of its most selective match. Few pairs of
/// a long list pass that. The earlier rules are found by the smallest power-of-two block that holds their ends: only a block that holds
/// the block of the later rule can cover it.
/// </summary>
internal sealed class RuleOutlines
{
    /// <summary>The level of a block is the number of its free bits; this one holds all values.</summary>
    private const int Widest = 63;

    private static readonly Ends[] Domains = [.. Enum.GetValues<Field>().Select(f => EndsOf(f, [FieldInfo.Of(f).Domain]))];

    private readonly Outline[] _outlines;
    private readonly int[] _before;
    private readonly int[] _heads;
    private readonly ulong[] _levels = new ulong[Domains.Length];
    private readonly int[] _counts = new int[Domains.Length * (Widest + 1)];
    private readonly Ends[] _current = [.. Domains];
    private readonly List<int> _chains = [];
    private uint _missing;
    private int _lowest;
    private bool _followsChains;

    /// <param name="distance">How far behind each other two rules may be.</param>
    internal RuleOutlines(int distance)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)distance + 1);
        (_outlines, _before, _heads) = (new Outline[size], new int[size], new int[4 * size]);
        Array.Fill(_heads, -1);
    }

    /// <summary>Takes a rule, which comes behind those that were taken before.</summary>
    internal void Add(int place, Rule rule)
    {
        var outline = Of(rule);
        var slot = place & (_outlines.Length - 1);
        if (place >= _outlines.Length) Count(_outlines[slot], -1);
        Count(outline, 1);
        ref var head = ref _heads[HeadOf(outline.Field, outline.Level, outline.Ends.Low)];
        (_outlines[slot], _before[slot], head) = (outline, head, place);
    }

    /// <summary>Takes the later rule that earlier ones are compared with.</summary>
    /// <param name="constraints">Those of the rule.</param>
    /// <param name="lowest">The first of the earlier rules.</param>
    /// <param name="place">Its place.</param>
    internal void Begin(Constraints constraints, int lowest, int place)
    {
        Domains.CopyTo(_current, 0);
        _missing = ~constraints.Headers.Bits;
        _lowest = lowest;
        _chains.Clear();
        var isPossible = true;
        foreach (var (field, ranges) in constraints.Allowed)
        {
            _current[(int)field] = EndsOf(field, ranges);
            isPossible &= !ranges.IsEmpty;
        }
        _followsChains = isPossible;
        if (!isPossible)
        {
            // No values at all are within those of every rule.
            for (var earlier = lowest; earlier < place; earlier++)
                if (MayCover(earlier)) _chains.Add(earlier);
            return;
        }
        for (var field = 0; field < _levels.Length; field++)
        {
            if (_levels[field] == 0) continue;
            var inner = _current[field];
            var narrowest = LevelOf(inner);
            for (var rest = _levels[field] >> narrowest << narrowest; rest != 0; rest &= rest - 1)
            {
                var level = BitOperations.TrailingZeroCount(rest);
                var first = Skip(_heads[HeadOf(field, level, inner.Low)], field, level);
                if (first >= 0) _chains.Add(first);
            }
        }
    }

    /// <summary>Finds the next earlier rule that may decide all packets of the later one, the nearest first.</summary>
    internal bool TryNext(out int place)
    {
        place = -1;
        if (_chains.Count == 0) return false;
        var nearest = _chains.Count - 1;
        for (var i = 0; _followsChains && i < _chains.Count; i++)
            if (_chains[i] > _chains[nearest]) nearest = i;
        place = _chains[nearest];
        ref readonly var outline = ref At(place);
        var next = _followsChains ? Skip(_before[place & (_outlines.Length - 1)], outline.Field, outline.Level) : -1;
        if (next >= 0) _chains[nearest] = next;
        else _chains.RemoveAt(nearest);
        return true;
    }

    /// <summary>The first rule of a chain, from a place on, that is in the block and may cover the later rule; -1 for none.</summary>
    private int Skip(int place, int field, int level)
    {
        for (; place >= _lowest; place = _before[place & (_outlines.Length - 1)])
        {
            ref readonly var outline = ref At(place);
            if (outline.Field == field && outline.Level == level && MayCover(place)) return place;
        }
        return -1;
    }

    private bool MayCover(int earlier)
    {
        ref readonly var outline = ref At(earlier);
        ref readonly var inner = ref _current[outline.Field];
        return outline.Ends.Low <= inner.Low && outline.Ends.High >= inner.High && (outline.Headers & _missing) == 0;
    }

    private ref readonly Outline At(int place) => ref _outlines[place & (_outlines.Length - 1)];

    private void Count(Outline outline, int more)
    {
        ref var count = ref _counts[outline.Field * (Widest + 1) + outline.Level];
        count += more;
        if (count == 0) _levels[outline.Field] &= ~(1UL << outline.Level);
        else _levels[outline.Field] |= 1UL << outline.Level;
    }

    private int HeadOf(int field, int level, ulong low)
    {
        var block = level == Widest ? 0 : low >> level;
        var hash = (block + 1) * 0x9e3779b97f4a7c15 + (ulong)(field * (Widest + 1) + level) * 0xd6e8feb86659fd93;
        return (int)((hash ^ hash >> 32) * 0x9e3779b97f4a7c15 >> 32) & (_heads.Length - 1);
    }

    private static int LevelOf(Ends ends) => Math.Min(Widest, 64 - BitOperations.LeadingZeroCount(ends.Low ^ ends.High));

    private static Outline Of(Rule rule)
    {
        var outline = new Outline(rule.Headers.Bits, 0, Widest, new(0, ulong.MaxValue));
        var least = double.MaxValue;
        foreach (var match in rule.Matches)
        {
            if (Constraints.AllowedBy(match) is not { IsDefault: false } allowed) continue;
            var field = match.Fields[0];
            var (ends, domain) = (EndsOf(field, allowed), Domains[(int)field]);
            var share = ends.Low > ends.High ? 0 : (ends.High - ends.Low + 1.0) / (domain.High - domain.Low + 1.0);
            if (!allowed.IsEmpty && FieldInfo.Of(field).Domain.High > uint.MaxValue) share /= uint.MaxValue;
            if (share >= least) continue;
            least = share;
            outline = outline with { Field = (int)field, Level = LevelOf(ends), Ends = ends };
        }
        return outline;
    }

    // No range at all lies within every other, and no other but an empty one lies within it.
    private static Ends EndsOf(Field field, ImmutableArray<Interval> ranges)
    {
        if (ranges.IsEmpty) return new(ulong.MaxValue, 0);
        var shift = FieldInfo.Of(field).Domain.High > ulong.MaxValue ? 64 : 0;
        return new((ulong)(ranges[0].Low >> shift), (ulong)(ranges[^1].High >> shift));
    }

    private readonly record struct Ends(ulong Low, ulong High);

    private readonly record struct Outline(uint Headers, int Field, int Level, Ends Ends);
}
