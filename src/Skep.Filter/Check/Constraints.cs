using System;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>
/// What a packet's fields can be if a rule hits it, as far as its single-field matches and the headers that it names show.
/// </summary>
internal sealed class Constraints
{
    private readonly List<(Field Field, List<Interval> Ranges)> _allowed = [];

    private Constraints(IReadOnlySet<Header> headers) => Headers = headers;

    /// <summary>All headers that the packet has.</summary>
    internal IReadOnlySet<Header> Headers { get; }

    /// <summary>The fields that are not free, each once, with the values that are left to them.</summary>
    internal IReadOnlyList<(Field Field, List<Interval> Ranges)> Allowed => _allowed;

    internal static Constraints Of(Rule rule)
    {
        var constraints = new Constraints(HeaderRelations.Close(rule.NamedHeaders()));
        constraints.AddImplied();
        foreach (var match in rule.Matches)
            if (AllowedBy(match) is { } allowed) constraints.Narrow(match.Fields[0], allowed);
        return constraints;
    }

    /// <summary>A field for which no value is left, if there is one.</summary>
    internal Field? FindEmpty()
    {
        foreach (var (field, ranges) in _allowed)
            if (ranges.Count == 0) return field;
        return null;
    }

    /// <summary>Whether every packet within these constraints matches.</summary>
    /// <param name="match">The match.</param>
    /// <param name="allowed">The values that it lets through; null when it is not of one field.</param>
    /// <param name="own">The matches that these constraints were made of.</param>
    /// <param name="steps">What was compared is added.</param>
    internal bool Imply(Match match, List<Interval>? allowed, IReadOnlyList<Match> own, ref long steps)
    {
        if (allowed is null)
        {
            for (var i = 0; i < own.Count; i++, steps++)
                if (match.Equals(own[i])) return true;
            return match is FlagsMatch flags && ImplyFlags(flags);
        }
        var field = ((ValuesMatch)match).Fields[0];
        return Covers(allowed, AllowedFor(field), ref steps) && Headers.Contains(FieldInfo.Of(field).Header);
    }

    /// <summary>
    /// The values that a match of one field lets through; null for any other match, and for names of interfaces: two may be of one.
    /// </summary>
    internal static List<Interval>? AllowedBy(Match match) =>
        match is ValuesMatch { Fields.Count: 1 } values && !Interfaces.HasNames(match) ? AllowedBy(values) : null;

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

    private List<Interval> AllowedFor(Field field) =>
        IndexOf(field) is >= 0 and var at ? _allowed[at].Ranges : [FieldInfo.Of(field).Domain];

    private void AddImplied()
    {
        if (Headers.Contains(Header.Ip)) Narrow(Field.EtherType, [new(0x0800, 0x0800)]);
        if (Headers.Contains(Header.Ip)) Narrow(Field.MetaNfproto, [new(2, 2)]);
        if (Headers.Contains(Header.Ip6)) Narrow(Field.EtherType, [new(0x86dd, 0x86dd)]);
        if (Headers.Contains(Header.Ip6)) Narrow(Field.MetaNfproto, [new(10, 10)]);
        foreach (var header in Headers)
        {
            if (HeaderRelations.ProtocolOf(header) is not { } protocol) continue;
            Narrow(Field.MetaL4proto, [new(protocol, protocol)]);
            // A later fragment has no transport header.
            if (Headers.Contains(Header.Ip)) Narrow(Field.IpProtocol, [new(protocol, protocol)]);
            if (Headers.Contains(Header.Ip)) Narrow(Field.IpFrag, [new(0, 1)]);
            if (Headers.Contains(Header.Ip6)) Narrow(Field.Ip6Frag, [new(0, 1)]);
        }
    }

    private void Narrow(Field field, List<Interval> ranges)
    {
        var at = IndexOf(field);
        if (at < 0)
        {
            // Values are checked to be within the field.
            _allowed.Add((field, ranges));
            return;
        }
        var narrowed = new List<Interval>();
        var have = _allowed[at].Ranges;

        // Both are in order, and none of a list overlaps another of it.
        for (int left = 0, right = 0; left < have.Count && right < ranges.Count;)
        {
            var (low, high) = (UInt128.Max(have[left].Low, ranges[right].Low), UInt128.Min(have[left].High, ranges[right].High));
            if (low <= high) narrowed.Add(new(low, high));
            if (have[left].High < ranges[right].High) left++;
            else right++;
        }

        _allowed[at] = (field, narrowed);
    }

    private static List<Interval> AllowedBy(ValuesMatch match)
    {
        var ranges = match.Elements.Ranges;
        return match.Negated ? IntervalList.Complement(ranges, FieldInfo.Of(match.Fields[0]).Domain) : [.. ranges];
    }

    // Asked for each pair of rules.
    private static bool Covers(List<Interval> outer, List<Interval> inner, ref long steps)
    {
        var at = 0;
        foreach (var part in inner)
        {
            steps++;
            for (; at < outer.Count && outer[at].High < part.High; at++) steps++;
            if (at == outer.Count || !outer[at].Contains(part)) return false;
        }

        return true;
    }
}
