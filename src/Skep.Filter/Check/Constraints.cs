using System;
using System.Collections.Immutable;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>
/// What a packet's fields can be if a rule hits it, as far as its single-field matches and the headers that it names show.
/// </summary>
internal sealed class Constraints
{
    private readonly List<(Field Field, ImmutableArray<Interval> Ranges)> _allowed = [];

    /// <summary>All headers that the packet has.</summary>
    internal HeaderSet Headers { get; private set; }

    /// <summary>The fields that are not free, each once, with the values that are left to them.</summary>
    internal IReadOnlyList<(Field Field, ImmutableArray<Interval> Ranges)> Allowed => _allowed;

    internal static Constraints Of(Rule rule)
    {
        var constraints = new Constraints();
        constraints.Take(rule);
        return constraints;
    }

    /// <summary>Takes those of another rule in place of what there is.</summary>
    internal void Take(Rule rule)
    {
        _allowed.Clear();
        Headers = HeaderRelations.Close(rule.Headers);
        AddImplied();
        foreach (var match in rule.Matches)
            if (AllowedBy(match) is { IsDefault: false } allowed) Narrow(match.Fields[0], allowed);
    }

    /// <summary>A field for which no value is left, if there is one.</summary>
    internal Field? FindEmpty()
    {
        foreach (var (field, ranges) in _allowed)
            if (ranges.IsEmpty) return field;
        return null;
    }

    /// <summary>Whether every packet within these constraints matches.</summary>
    /// <param name="match">The match.</param>
    /// <param name="allowed">The values that it lets through, by <see cref="AllowedBy(Match)"/>.</param>
    /// <param name="own">The matches that these constraints were made of.</param>
    /// <param name="steps">What was compared is added.</param>
    internal bool Imply(Match match, ImmutableArray<Interval> allowed, ValueList<Match> own, ref long steps)
    {
        if (allowed.IsDefault)
        {
            for (var i = 0; i < own.Count; i++, steps++)
                if (match.Equals(own[i])) return true;
            return match is FlagsMatch flags && ImplyFlags(flags);
        }
        var field = ((ValuesMatch)match).Fields[0];
        return Covers(allowed, AllowedFor(field), ref steps) && Headers.Contains(FieldInfo.Of(field).Header);
    }

    /// <summary>
    /// The values that a match of one field lets through; the default for any other match, and for names of interfaces: two may be of one.
    /// </summary>
    internal static ImmutableArray<Interval> AllowedBy(Match match) =>
        match is ValuesMatch { Fields.Count: 1 } values && !Interfaces.HasNames(match) ? AllowedBy(values) : default;

    private bool ImplyFlags(FlagsMatch flags)
    {
        if (!Headers.Contains(Header.Tcp)) return false;
        foreach (var range in AllowedFor(Field.TcpFlags))
            for (var value = range.Low; value <= range.High; value++)
                if (((byte)value & flags.Mask) == flags.Value == flags.Negated) return false;
        return true;
    }

    private int IndexOf(Field field)
    {
        for (var i = 0; i < _allowed.Count; i++)
            if (_allowed[i].Field == field) return i;
        return -1;
    }

    private ImmutableArray<Interval> AllowedFor(Field field) =>
        IndexOf(field) is >= 0 and var at ? _allowed[at].Ranges : [FieldInfo.Of(field).Domain];

    private void AddImplied()
    {
        if (Headers.Contains(Header.Ip)) Narrow(Field.EtherType, ImpliedValues.IpType);
        if (Headers.Contains(Header.Ip)) Narrow(Field.MetaNfproto, ImpliedValues.IpVersion);
        if (Headers.Contains(Header.Ip6)) Narrow(Field.EtherType, ImpliedValues.Ip6Type);
        if (Headers.Contains(Header.Ip6)) Narrow(Field.MetaNfproto, ImpliedValues.Ip6Version);
        foreach (var header in Headers)
        {
            if (ImpliedValues.ProtocolOf(header) is not { IsDefault: false } protocol) continue;
            Narrow(Field.MetaL4proto, protocol);
            // A later fragment has no transport header.
            if (Headers.Contains(Header.Ip)) Narrow(Field.IpProtocol, protocol);
            if (Headers.Contains(Header.Ip)) Narrow(Field.IpFrag, ImpliedValues.FirstFragment);
            if (Headers.Contains(Header.Ip6)) Narrow(Field.Ip6Frag, ImpliedValues.FirstFragment);
        }
    }

    private void Narrow(Field field, ImmutableArray<Interval> ranges)
    {
        var at = IndexOf(field);
        // Values are checked to be within the field.
        if (at < 0) _allowed.Add((field, ranges));
        else _allowed[at] = (field, Common(_allowed[at].Ranges, ranges));
    }

    /// <summary>The values that are in both lists, which are in order and free of overlaps.</summary>
    private static ImmutableArray<Interval> Common(ImmutableArray<Interval> have, ImmutableArray<Interval> ranges)
    {
        if (have is [var one] && ranges is [var other])
        {
            if (one.Contains(other)) return ranges;
            if (other.Contains(one)) return have;
        }
        var common = ImmutableArray.CreateBuilder<Interval>();
        for (int left = 0, right = 0; left < have.Length && right < ranges.Length;)
        {
            var (low, high) = (UInt128.Max(have[left].Low, ranges[right].Low), UInt128.Min(have[left].High, ranges[right].High));
            if (low <= high) common.Add(new(low, high));
            if (have[left].High < ranges[right].High) left++;
            else right++;
        }
        return common.DrainToImmutable();
    }

    private static ImmutableArray<Interval> AllowedBy(ValuesMatch match) => match.Negated
        ? [.. IntervalList.Complement(match.Elements.Ranges, FieldInfo.Of(match.Fields[0]).Domain)] : match.Elements.RangeList;

    // Asked for each pair of rules.
    private static bool Covers(ImmutableArray<Interval> outer, ImmutableArray<Interval> inner, ref long steps)
    {
        var at = 0;
        foreach (var part in inner)
        {
            steps++;
            for (; at < outer.Length && outer[at].High < part.High; at++) steps++;
            if (at == outer.Length || !outer[at].Contains(part)) return false;
        }

        return true;
    }
}
