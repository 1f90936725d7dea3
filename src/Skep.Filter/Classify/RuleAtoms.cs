using System.Numerics;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Classify;

/// <summary>Takes the alternatives of rules: a rule matches when all conditions of one of them hold.</summary>
internal interface IAlternativeSink
{
    /// <summary>Takes one.</summary>
    /// <param name="rule">The rule's place in the table.</param>
    /// <param name="atoms">The conditions on fields, at most one a place.</param>
    /// <param name="presence">The bits of <see cref="Presence"/> that must be set.</param>
    /// <param name="predicates">The predicates that must hold.</param>
    void Add(int rule, ReadOnlySpan<Atom> atoms, int presence, ulong predicates);
}

/// <summary>
/// Writes rules as alternatives of conditions on single fields. What has too many, and what may change while the rules run, is a predicate:
/// a match that is evaluated once a packet, before the key is made.
/// </summary>
/// <param name="mostRows">The most alternatives of all rules.</param>
internal sealed class RuleAtoms(long mostRows)
{
    /// <summary>The most predicates: each is evaluated for each packet.</summary>
    internal const int MostPredicates = 24;

    private const int FewAlternatives = 64, MostAlternatives = 4096;

    private readonly Dictionary<Match, int> _numbers = [];
    private readonly List<Match> _predicates = [];
    private readonly List<Atom[][]> _parts = [];
    private readonly List<Atom> _row = [];
    private long _rows;

    /// <summary>The matches that are evaluated before the key is made, by their number.</summary>
    internal IReadOnlyList<Match> Predicates => _predicates;

    /// <summary>Writes the alternatives of a rule; what is a predicate of any rule is one of all rules that are written later.</summary>
    /// <param name="index">The rule's place in the table.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="sink">Takes them; null to find the predicates only.</param>
    /// <returns>False when it has too many.</returns>
    internal bool TryWrite(int index, Rule rule, IAlternativeSink? sink)
    {
        _parts.Clear();
        var (presence, anyIp) = Presence.Of(rule.NamedHeaders());
        var (predicates, product) = (0UL, 1L);
        foreach (var match in rule.Matches)
        {
            if (_predicates.Count > 0 && _numbers.TryGetValue(match, out var known))
            {
                predicates |= 1UL << known;
                continue;
            }
            var alternatives = CountOf(match);
            if (alternatives < 0 || (product * alternatives > FewAlternatives && _predicates.Count < MostPredicates))
            {
                if (_predicates.Count == MostPredicates) return false;
                predicates |= 1UL << _predicates.Count;
                _numbers.Add(match, _predicates.Count);
                _predicates.Add(match);
                continue;
            }
            product *= alternatives;
            if (product > MostAlternatives) return false;
            if (sink is not null) _parts.Add(AtomsOf(match));
        }
        if (sink is null) return (_rows += product) <= mostRows;
        _row.Clear();
        Combine(0, index, anyIp ? presence | Presence.Ip : presence, predicates, sink);
        if (!anyIp) return true;
        _row.Clear();
        Combine(0, index, presence | Presence.Ip6, predicates, sink);
        return true;
    }

    private void Combine(int part, int rule, int presence, ulong predicates, IAlternativeSink sink)
    {
        if (part == _parts.Count)
        {
            sink.Add(rule, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_row), presence, predicates);
            return;
        }
        Atom[] saved = _parts[part].Length == 1 ? [] : [.. _row];
        foreach (var alternative in _parts[part])
        {
            var isPossible = true;
            foreach (var atom in alternative) isPossible &= TryAdd(atom);
            if (isPossible) Combine(part + 1, rule, presence, predicates, sink);
            if (_parts[part].Length == 1) return;
            _row.Clear();
            _row.AddRange(saved);
        }
    }

    private bool TryAdd(Atom atom)
    {
        var at = _row.FindIndex(a => a.Place == atom.Place);
        if (at < 0)
        {
            _row.Add(atom);
            return true;
        }
        if (!Atom.TryJoin(_row[at], atom, out var both)) return false;
        _row[at] = both;
        return true;
    }

    /// <summary>How many alternatives a match has; -1 when it can only be a predicate.</summary>
    private static long CountOf(Match match) => match switch
    {
        SetMatch => -1,
        FlagsMatch { Negated: false } => 1,
        FlagsMatch flags => BitOperations.PopCount(flags.Mask),
        ValuesMatch { Fields.Count: > 1, Negated: true } => -1,
        ValuesMatch { Fields.Count: > 1 } rows => RowsOf(rows),
        ValuesMatch values => RangesOf(values).Sum(r => Pieces(values.Fields[0], r).LongCount()),
        _ => -1,
    };

    private static long RowsOf(ValuesMatch match)
    {
        var sum = 0L;
        for (var row = 0; row < match.Elements.Count && sum <= MostAlternatives; row++)
        {
            var product = 1L;
            for (var i = 0; i < match.Fields.Count; i++) product *= Pieces(match.Fields[i], match.Elements[row][i]).LongCount();
            sum += product;
        }
        return sum;
    }

    private static Atom[][] AtomsOf(Match match)
    {
        if (match is FlagsMatch flags)
        {
            if (!flags.Negated) return [[new(Field.TcpFlags, flags.Value, flags.Mask, 0, 0, false)]];
            var bits = new List<Atom[]>();
            for (var bit = 1; bit < 256; bit <<= 1)
                if ((flags.Mask & bit) != 0) bits.Add([new(Field.TcpFlags, (UInt128)(~flags.Value & bit), (UInt128)bit, 0, 0, false)]);
            return [.. bits];
        }
        var values = (ValuesMatch)match;
        var first = values.Fields[0];
        if (values.Fields.Count == 1)
            return [.. RangesOf(values).SelectMany(r => Pieces(first, r)).Select(r => new[] { Atom.Of(FieldPlaces.Of(first), r) })];
        var rows = new List<Atom[]>();
        for (var row = 0; row < values.Elements.Count; row++)
        {
            IEnumerable<Atom[]> joined = [[]];
            for (var i = 0; i < values.Fields.Count; i++)
            {
                var (field, range) = (values.Fields[i], values.Elements[row][i]);
                joined = joined.SelectMany(
                    head => Pieces(field, range).Select(piece => (Atom[])[.. head, Atom.Of(FieldPlaces.Of(field), piece)]));
            }
            rows.AddRange(joined);
        }
        return [.. rows];
    }

    private static IEnumerable<Interval> RangesOf(ValuesMatch match)
    {
        var ranges = match.Elements.Ranges.ToArray();
        return match.Negated ? IntervalList.Complement(ranges, FieldInfo.Of(match.Fields[0]).Domain) : ranges;
    }

    /// <summary>A range in pieces that an <see cref="Atom"/> can express: of 128 bits, prefixes.</summary>
    private static IEnumerable<Interval> Pieces(Field field, Interval range) =>
        FieldInfo.Of(field).Bits > 64 ? IntervalList.Prefixes(range) : [range];
}
