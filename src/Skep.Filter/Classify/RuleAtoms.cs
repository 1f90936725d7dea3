using System.Numerics;
using System.Runtime.InteropServices;
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
/// <param name="predicateOf">The numbers of the predicates that there are, -1 for other matches; null to make them.</param>
/// <param name="budget">What bounds them beside their number; null for nothing.</param>
internal sealed class RuleAtoms(long mostRows, Func<Match, int>? predicateOf = null, PredicateBudget? budget = null)
{
    /// <summary>The most predicates: each is evaluated for each packet.</summary>
    internal const int MostPredicates = 24;

    private const int FewAlternatives = 64, MostAlternatives = 4096;

    private readonly Dictionary<Match, int> _numbers = [];
    private readonly List<Match> _predicates = [];
    private readonly List<Atom> _row = [], _atoms = [];

    /// <summary>Of each match that is no predicate, where its alternatives are in the atoms, and how many atoms each of them has.</summary>
    private readonly List<(int First, int Width, int Count)> _parts = [];
    private long _rows, _branches;

    /// <summary>Why the last rule could not be written.</summary>
    internal RowFault Fault { get; private set; }

    /// <summary>The matches that are evaluated before the key is made, by their number.</summary>
    internal IReadOnlyList<Match> Predicates => _predicates;

    /// <summary>Writes the alternatives of a rule; what is a predicate of any rule is one of all rules that are written later.</summary>
    /// <param name="index">The rule's place in the table.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="sink">Takes them; null to find the predicates only.</param>
    /// <param name="isCounted">Whether the alternatives count for the most of all rules: those of a rule count once.</param>
    /// <returns>False when it has too many.</returns>
    internal bool TryWrite(int index, Rule rule, IAlternativeSink? sink, bool isCounted)
    {
        _parts.Clear();
        _atoms.Clear();
        var (predicates, product) = (0UL, 1L);
        foreach (var match in rule.Matches)
        {
            if (NumberOf(match) is >= 0 and var known)
            {
                predicates |= 1UL << known;
                continue;
            }
            var alternatives = CountOf(match);
            if (alternatives < 0 || product * alternatives > FewAlternatives)
            {
                if (predicateOf is not null) return Refuse(RowFault.Predicates);
                var fault = TryAddPredicate(match);
                if (fault == RowFault.None)
                {
                    predicates |= 1UL << _predicates.Count - 1;
                    continue;
                }
                if (alternatives < 0) return Refuse(fault);
            }
            product *= alternatives;
            if (product > MostAlternatives) return Refuse(RowFault.Alternatives);
            if (sink is not null) AddAtomsOf(match, (int)alternatives);
        }
        if (isCounted && (_rows += product) > mostRows) return Refuse(RowFault.Rows);
        if (sink is null) return true;
        var (presence, anyIp) = Presence.Of(rule.Headers);
        _row.Clear();
        Combine(0, index, anyIp ? presence | Presence.Ip : presence, predicates, sink);
        if (!anyIp) return true;
        _row.Clear();
        Combine(0, index, presence | Presence.Ip6, predicates, sink);
        return true;
    }

    private int NumberOf(Match match) => predicateOf is not null ? predicateOf(match)
        : _predicates.Count > 0 && _numbers.TryGetValue(match, out var known) ? known : -1;

    private bool Refuse(RowFault fault)
    {
        Fault = fault;
        return false;
    }

    private RowFault TryAddPredicate(Match match)
    {
        if (_predicates.Count == MostPredicates) return RowFault.Predicates;
        var branches = budget?.BranchesOf(match) ?? 0;
        if (_branches + branches > budget?.MostBranches) return RowFault.Branches;
        _branches += branches;
        _numbers.Add(match, _predicates.Count);
        _predicates.Add(match);
        return RowFault.None;
    }

    private void Combine(int part, int rule, int presence, ulong predicates, IAlternativeSink sink)
    {
        if (part == _parts.Count)
        {
            sink.Add(rule, CollectionsMarshal.AsSpan(_row), presence, predicates);
            return;
        }
        var (first, width, count) = _parts[part];
        Atom[] saved = count == 1 ? [] : [.. _row];
        for (var alternative = 0; alternative < count; alternative++)
        {
            if (alternative > 0)
            {
                _row.Clear();
                _row.AddRange(saved);
            }
            var isPossible = true;
            for (var i = 0; i < width; i++) isPossible &= TryAdd(_atoms[first + alternative * width + i]);
            if (isPossible) Combine(part + 1, rule, presence, predicates, sink);
        }
    }

    private bool TryAdd(in Atom atom)
    {
        for (var at = 0; at < _row.Count; at++)
        {
            if (_row[at].Place != atom.Place) continue;
            if (!Atom.TryJoin(_row[at], atom, out var both)) return false;
            _row[at] = both;
            return true;
        }
        _row.Add(atom);
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
        ValuesMatch values => PiecesOf(values),
        _ => -1,
    };

    private static long PiecesOf(ValuesMatch match)
    {
        var sum = 0L;
        foreach (var range in RangesOf(match)) sum += PiecesOf(match.Fields[0], range);
        return sum;
    }

    private static long RowsOf(ValuesMatch match)
    {
        var sum = 0L;
        for (var row = 0; row < match.Elements.Count && sum <= MostAlternatives; row++)
        {
            var product = 1L;
            for (var i = 0; i < match.Fields.Count; i++) product *= PiecesOf(match.Fields[i], match.Elements[row][i]);
            sum += product;
        }
        return sum;
    }

    /// <summary>Adds the alternatives of a match, as many as <see cref="CountOf"/> gives.</summary>
    private void AddAtomsOf(Match match, int count)
    {
        _parts.Add((_atoms.Count, match.Fields.Count, count));
        switch (match)
        {
            case FlagsMatch { Negated: false } flags:
                _atoms.Add(new(Field.TcpFlags, flags.Value, flags.Mask, 0, 0, false));
                break;
            case FlagsMatch flags:
                for (var bit = 1; bit < 256; bit <<= 1)
                    if ((flags.Mask & bit) != 0) _atoms.Add(new(Field.TcpFlags, (UInt128)(~flags.Value & bit), (UInt128)bit, 0, 0, false));
                break;
            case ValuesMatch { Fields.Count: 1 } values:
                foreach (var range in RangesOf(values)) AddAtomsOf(values.Fields[0], range);
                break;
            case ValuesMatch values:
                for (var row = 0; row < values.Elements.Count; row++) AddAtomsOf(values.Fields, values.Elements[row]);
                break;
        }
    }

    private void AddAtomsOf(Field field, Interval range)
    {
        if (IsOnePiece(field, range)) _atoms.Add(Atom.Of(FieldPlaces.Of(field), range));
        else foreach (var piece in IntervalList.Prefixes(range)) _atoms.Add(Atom.Of(FieldPlaces.Of(field), piece));
    }

    private void AddAtomsOf(ValueList<Field> fields, ReadOnlySpan<Interval> row)
    {
        IEnumerable<Atom[]> joined = [[]];
        for (var i = 0; i < fields.Count; i++)
        {
            var place = FieldPlaces.Of(fields[i]);
            Interval[] pieces = IsOnePiece(fields[i], row[i]) ? [row[i]] : [.. IntervalList.Prefixes(row[i])];
            joined = joined.SelectMany(head => pieces.Select(piece => (Atom[])[.. head, Atom.Of(place, piece)]));
        }
        foreach (var atoms in joined) _atoms.AddRange(atoms);
    }

    private static ReadOnlySpan<Interval> RangesOf(ValuesMatch match) => match.Negated
        ? CollectionsMarshal.AsSpan(IntervalList.Complement(match.Elements.Ranges, FieldInfo.Of(match.Fields[0]).Domain))
        : match.Elements.Ranges;

    /// <summary>How many pieces a range is written in that an <see cref="Atom"/> can express: of 128 bits, prefixes.</summary>
    private static long PiecesOf(Field field, Interval range) => IsOnePiece(field, range) ? 1 : IntervalList.Prefixes(range).LongCount();

    private static bool IsOnePiece(Field field, Interval range) => range.IsSingle || FieldInfo.Of(field).Bits <= 64;
}
