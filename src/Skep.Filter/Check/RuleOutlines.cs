using System;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>
/// What is compared of two rules first: the headers that the earlier one needs, and the ends of its most selective match. Few pairs of
/// a long list pass that.
/// </summary>
internal sealed class RuleOutlines
{
    private readonly Outline[] _outlines;
    private readonly Ends[] _domains = [.. Enum.GetValues<Field>().Select(f => EndsOf(f, [FieldInfo.Of(f).Domain]))];
    private readonly Ends[] _current;
    private uint _missing;

    internal RuleOutlines(int count)
    {
        _outlines = new Outline[count];
        _current = [.. _domains];
    }

    internal void Add(int place, Rule rule)
    {
        var outline = new Outline(HeaderSet.BitsOf(rule.NamedHeaders()), 0, new(0, ulong.MaxValue));
        var least = double.MaxValue;
        foreach (var match in rule.Matches)
        {
            if (Constraints.AllowedBy(match) is not { } allowed) continue;
            var field = match.Fields[0];
            var (ends, domain) = (EndsOf(field, allowed), _domains[(int)field]);
            var share = ends.Low > ends.High ? 0 : (ends.High - ends.Low + 1.0) / (domain.High - domain.Low + 1.0);
            if (allowed.Count > 0 && FieldInfo.Of(field).Domain.High > uint.MaxValue) share /= uint.MaxValue;
            if (share >= least) continue;
            least = share;
            outline = outline with { Field = (int)field, Ends = ends };
        }
        _outlines[place] = outline;
    }

    /// <summary>Takes the later rule that earlier ones are compared with.</summary>
    internal void Begin(Constraints constraints)
    {
        _domains.CopyTo(_current, 0);
        _missing = ~HeaderSet.BitsOf(constraints.Headers);
        foreach (var (field, ranges) in constraints.Allowed) _current[(int)field] = EndsOf(field, ranges);
    }

    /// <summary>Whether an earlier rule may decide all packets of the later one.</summary>
    internal bool MayCover(int earlier)
    {
        ref readonly var outline = ref _outlines[earlier];
        ref readonly var inner = ref _current[outline.Field];
        return outline.Ends.Low <= inner.Low && outline.Ends.High >= inner.High && (outline.Headers & _missing) == 0;
    }

    // No range at all lies within every other, and no other but an empty one lies within it.
    private static Ends EndsOf(Field field, List<Interval> ranges)
    {
        if (ranges.Count == 0) return new(ulong.MaxValue, 0);
        var shift = FieldInfo.Of(field).Domain.High > ulong.MaxValue ? 64 : 0;
        return new((ulong)(ranges[0].Low >> shift), (ulong)(ranges[^1].High >> shift));
    }

    private readonly record struct Ends(ulong Low, ulong High);

    private readonly record struct Outline(uint Headers, int Field, Ends Ends);
}
