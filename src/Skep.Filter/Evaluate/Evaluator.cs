using Skep.Filter.Model;
using Skep.Packets.Headers;

namespace Skep.Filter.Evaluate;

/// <summary>
/// Decides packets by docs/filter.md, packet by packet, with limits and counters kept between them. It is the reference that
/// compiled programs are compared with. Not safe for use by several threads at once.
/// </summary>
public sealed class Evaluator
{
    private readonly Table _table;
    private readonly Func<uint> _random;
    private readonly Header[][] _headers;
    private readonly TokenBuckets?[] _buckets;
    private readonly RuleCount[] _counts;
    private readonly Dictionary<string, Set> _sets;
    private readonly Dictionary<string, ElementList> _elements;
    private readonly Dictionary<string, ElementCount[]> _elementCounts;
    private ulong? _loadedAt;
    private ulong _now;

    /// <summary>Takes a table.</summary>
    /// <param name="table">The table, with its feeds read.</param>
    /// <param name="random">Makes the numbers that sampling goes by, evenly from all 32-bit values.</param>
    public Evaluator(Table table, Func<uint> random)
    {
        _table = table;
        _random = random;
        _headers = [.. table.Rules.Select(r => r.NamedHeaders().ToArray())];
        _buckets = [.. table.Rules.Select(r => r.Limit is { } limit ? new TokenBuckets(limit) : null)];
        _counts = new RuleCount[table.Rules.Count];
        _sets = table.Sets.ToDictionary(s => s.Name);
        _elements = table.Sets.ToDictionary(s => s.Name, s => s.AllElements());
        _elementCounts = table.Sets.Where(s => s.HasCounters).ToDictionary(
            s => s.Name, s => Enumerable.Range(0, _elements[s.Name].Count).Select(_elements[s.Name].CountOf).ToArray());
    }

    /// <summary>What the rules have counted, in their order.</summary>
    public IReadOnlyList<RuleCount> Counts => _counts;

    /// <summary>What the elements of a set have counted, as <see cref="Set.AllElements"/> orders them; none if it does not.</summary>
    public IReadOnlyList<ElementCount> ElementCounts(string set) => _elementCounts.GetValueOrDefault(set) ?? [];

    /// <summary>Decides a packet, and applies the rewrites of the rules that hit it.</summary>
    /// <param name="packet">The packet; its length does not change.</param>
    /// <param name="now">
    /// The time in nanoseconds. The first packet's is when the table is loaded; one before the last packet's counts as the last packet's.
    /// </param>
    /// <param name="start">What it begins with.</param>
    /// <returns>The decision.</returns>
    public Decision Decide(Span<byte> packet, ulong now, PacketStart start = PacketStart.Ethernet) =>
        Decide(packet, now, packet.Length, start);

    /// <summary>Decides a packet of several buffers.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="now">The time in nanoseconds.</param>
    /// <param name="first">The bytes in the first buffer, where all headers have to be.</param>
    /// <param name="start">What it begins with.</param>
    /// <param name="length">Its length, where not all of it is in <paramref name="packet"/>; 0 where it is.</param>
    /// <param name="ifIndex">The index of the interface that it came in by.</param>
    /// <returns>The decision.</returns>
    public Decision Decide(
        Span<byte> packet, ulong now, int first, PacketStart start = PacketStart.Ethernet, int length = 0,
        uint ifIndex = Interfaces.Loopback)
    {
        _loadedAt ??= now;
        _now = Math.Max(_now, now);
        var headers = PacketHeaders.Walk(packet, first, start) with { Length = Math.Max(length, packet.Length), IfIndex = ifIndex };
        if (headers.Malformed is not null && _table.Malformed is { } malformed)
            return new(new(malformed), DecisionReason.Malformed, -1, [], [], headers);

        var hits = new List<int>();
        var logged = new List<LogEntry>();
        for (var i = 0; i < _table.Rules.Count; i++)
        {
            var rule = _table.Rules[i];
            if (!IsHit(i, packet, headers)) continue;
            hits.Add(i);
            _counts[i] = new(_counts[i].Packets + 1, _counts[i].Bytes + (ulong)headers.Length);
            foreach (var statement in rule.Statements)
                if (Run(statement, packet, headers)) logged.Add(new(i, packet.ToArray()));
            if (rule.Verdict.IsTerminal) return new(rule.Verdict, DecisionReason.Rule, i, hits, logged, headers);
        }
        return new(new(_table.Policy), DecisionReason.Policy, -1, hits, logged, headers);
    }

    private bool IsHit(int index, ReadOnlySpan<byte> packet, PacketHeaders headers)
    {
        var rule = _table.Rules[index];
        foreach (var header in _headers[index])
            if (!FieldReader.Has(headers, header)) return false;
        foreach (var match in rule.Matches)
            if (!Matches(match, packet, headers)) return false;
        return _buckets[index] is not { } buckets || buckets.Admit(KeyOf(rule.Limit!, packet, headers), _now);
    }

    private bool Matches(Match match, ReadOnlySpan<byte> packet, PacketHeaders headers)
    {
        Span<UInt128> values = stackalloc UInt128[match.Fields.Count];
        for (var i = 0; i < values.Length; i++)
            if (!FieldReader.TryRead(packet, headers, match.Fields[i], out values[i])) return false;
        return match.Negated != match switch
        {
            FlagsMatch flags => ((byte)values[0] & flags.Mask) == flags.Value,
            ValuesMatch list => list.Elements.Contains(values),
            _ => InSet((SetMatch)match, values, (ulong)headers.Length),
        };
    }

    private bool InSet(SetMatch match, ReadOnlySpan<UInt128> values, ulong bytes)
    {
        var age = TimeSpan.FromTicks((long)((_now - _loadedAt!.Value) / 100));
        var row = _elements[match.SetName].Find(values, age, _sets[match.SetName].DefaultTimeout);
        if (row >= 0 && !match.Negated && _elementCounts.TryGetValue(match.SetName, out var counts))
            counts[row] = new(counts[row].Packets + 1, counts[row].Bytes + bytes);
        return row >= 0;
    }

    private static string KeyOf(RateLimit limit, ReadOnlySpan<byte> packet, PacketHeaders headers)
    {
        var key = "";
        foreach (var field in limit.Key)
        {
            FieldReader.TryRead(packet, headers, field, out var value);
            key += value.ToString(System.Globalization.CultureInfo.InvariantCulture) + ".";
        }
        return key;
    }

    /// <summary>Runs a statement.</summary>
    /// <returns>Whether it logged the packet.</returns>
    private bool Run(Statement statement, Span<byte> packet, PacketHeaders headers)
    {
        switch (statement)
        {
            case LogStatement log:
                return log.SampleOneIn == 1 || (ulong)_random() * log.SampleOneIn < 1UL << 32;
            case SetStatement set:
                FieldWriter.Write(packet, headers, set.Field, set.Value);
                return false;
            default:
                foreach (var header in ((SwapStatement)statement).Headers) FieldWriter.Swap(packet, headers, header);
                return false;
        }
    }
}
