using System.Globalization;
using System.Numerics;
using Skep.Filter.Classify;
using Skep.Filter.Model;

namespace Skep.Filter.Compile;

/// <summary>Rules that follow each other and are searched together, not run one after the other.</summary>
/// <param name="FirstRule">The place of the first.</param>
/// <param name="Rules">How many rules there are.</param>
/// <param name="Rows">How many rows they are: a rule has one for each combination of its values.</param>
/// <param name="Tables">The hash tables that a packet is looked up in.</param>
/// <param name="Rest">The rows that are in none of them, which are found by bits for each field or compared in order.</param>
/// <param name="RestRules">The places of the rules of those rows.</param>
/// <param name="UsesBits">Whether those rows are found by bits.</param>
/// <param name="Predicates">The matches that are evaluated for each packet before the search.</param>
/// <param name="Nanoseconds">The estimated cost of a search for the packets that it costs most.</param>
public sealed record SearchedList(
    int FirstRule, int Rules, int Rows, IReadOnlyList<SearchedTable> Tables, int Rest, IReadOnlyList<int> RestRules, bool UsesBits,
    IReadOnlyList<Match> Predicates, double Nanoseconds)
{
    internal static SearchedList Of(RuleList list)
    {
        var families = list.Classifier.Families;
        var rest = families.SelectMany(f => f.Residue.Select(f.Rows.RuleOf)).ToList();
        return new(
            list.First, list.Count, families.Sum(f => f.Rows.Count),
            [
                .. families.SelectMany(
                    f => f.Tables.Select(t => new SearchedTable(NameOf(f.Family), TextOf(f.Rows.Layout, t.Mask), t.Count))),
            ],
            rest.Count, [.. rest.Distinct().Order()], families.Any(f => f.Vectors is not null), list.Classifier.Predicates,
            RuleLists.CostOf(list.Classifier));
    }

    private static string NameOf(Family family) => family switch { Family.Ip => "IPv4", Family.Ip6 => "IPv6", _ => "all packets" };

    /// <summary>The bits of a mask as fields, with the length of a prefix where not all of a field's bits are in it.</summary>
    private static string TextOf(KeyLayout layout, ReadOnlySpan<ulong> mask)
    {
        var lengths = new SortedDictionary<Field, int>();
        var others = new List<string>();
        foreach (var part in layout.Parts)
        {
            var bits = BitOperations.PopCount(mask[part.Word] & part.Mask);
            if (bits == 0) continue;
            if (part.Source == KeySource.Presence) others.Add("headers");
            else if (part.Source == KeySource.Predicates) others.Add("predicates");
            else lengths[part.Field] = lengths.GetValueOrDefault(part.Field) + bits;
        }
        var fields = lengths.Select(l => l.Value == FieldInfo.Of(l.Key).Bits
            ? PlaceNames.Of(l.Key) : string.Create(CultureInfo.InvariantCulture, $"{PlaceNames.Of(l.Key)}/{l.Value}"));
        return string.Join(" . ", fields.Concat(others).DefaultIfEmpty("nothing"));
    }
}

/// <summary>A hash table of a search.</summary>
/// <param name="Packets">Which packets are looked up in it.</param>
/// <param name="Key">What it is keyed by: fields, each with the length of a prefix where it is not all of its bits.</param>
/// <param name="Keys">How many keys it holds.</param>
public sealed record SearchedTable(string Packets, string Key, int Keys);

/// <summary>Names of fields that stand in one place.</summary>
internal static class PlaceNames
{
    internal static string Of(Field place) => place switch
    {
        Field.TcpSport => "sport",
        Field.TcpDport => "dport",
        Field.IcmpType => "icmp type",
        Field.IcmpCode => "icmp code",
        _ => FieldInfo.Of(place).Name,
    };
}
