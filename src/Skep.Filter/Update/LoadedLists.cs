using Skep.Filter.Classify;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Model;

namespace Skep.Filter.Update;

/// <summary>What is kept of a program that searches lists of rules, so that single rules can be added and deleted while it runs.</summary>
internal sealed record LoadedLists
{
    /// <summary>What the image is like: another number for each change of records, keys, hashes or the order of rules.</summary>
    internal const int CurrentFormat = 1;

    private const int LongestPredicate = 1000;

    public required int Format { get; init; }

    /// <summary>The rules of the table as it was compiled.</summary>
    public required int Rules { get; init; }

    /// <summary>The fields that the program reads.</summary>
    public required Field[] Fields { get; init; }

    /// <summary>Whether it looks for transport headers.</summary>
    public required bool HasTransport { get; init; }

    /// <summary>The verdicts that it gives, as rule text, by their number.</summary>
    public required string[] Verdicts { get; init; }

    public required LoadedList[] Lists { get; init; }

    internal RuleOrder Order => new(Rules);

    /// <summary>
    /// The list that a rule is in, or goes to, by its order; null where the rules around it are in none. Lists may follow each other.
    /// </summary>
    internal LoadedList? For(int order)
    {
        var before = Order.CountBefore(order);
        if (before < Rules && Order.Of(before) == order) return Holding(before);
        return Array.Find(Lists, list => list.First <= before && before <= list.First + list.Count);
    }

    /// <summary>The list that holds a rule of the table as it was compiled.</summary>
    private LoadedList? Holding(int rule) => Array.Find(Lists, list => list.First <= rule && rule < list.First + list.Count);

    /// <summary>What is kept of a filter.</summary>
    /// <returns>Null when it has no list with room for other rules.</returns>
    internal static LoadedLists? Of(CompiledFilter filter)
    {
        var plan = filter.Plan;
        if (plan.Image is not { } image) return null;
        var lists = plan.Lists.Select(list => Of(list, image)).Where(l => l.Families.Length > 0).ToArray();
        return lists.Length == 0 ? null : new()
        {
            Format = CurrentFormat,
            Rules = plan.Table.Rules.Count,
            Fields = [.. plan.FieldsRead],
            HasTransport = FilterCompiler.NeedsTransport(plan.Table),
            Verdicts = [.. plan.ListVerdicts.Select(RuleFormatter.Format)],
            Lists = lists,
        };
    }

    private static LoadedList Of(RuleList list, ClassifierImage image)
    {
        var families = list.Classifier.Families.Select(image.Of).ToList();
        return new(
            list.First, list.Count,
            [.. list.Classifier.Predicates.Select(RuleFormatter.Format).Select(text => text.Length > LongestPredicate ? "" : text)],
            families.Exists(f => f.Room is null) ? [] : [.. families.Select(f => LoadedFamily.Of(f, list.Classifier.Predicates.Count))]);
    }
}

/// <param name="First">The place of its first rule in the table as it was compiled.</param>
/// <param name="Count">How many rules it had then.</param>
/// <param name="Predicates">The matches that are evaluated before it is searched, as rule text; empty for a long one.</param>
/// <param name="Families">What is searched for the packets of each family.</param>
internal sealed record LoadedList(int First, int Count, string[] Predicates, LoadedFamily[] Families);

/// <summary>Where the rows of one family are.</summary>
internal sealed record LoadedFamily
{
    public required Family Family { get; init; }

    /// <summary>The places of the fields in the key.</summary>
    public required Field[] Places { get; init; }

    public required bool NeedsPresence { get; init; }

    public required int Predicates { get; init; }

    /// <summary>The places of the fields of which a record has a range.</summary>
    public required Field[] Ranges { get; init; }

    /// <summary>The offset of the records: those of <see cref="Rows"/> rows, and behind them <see cref="Free"/> others.</summary>
    public required int Records { get; init; }

    public required int Rows { get; init; }

    public required int Free { get; init; }

    /// <summary>The offset of the numbers of the records that are in no table, and how many they are.</summary>
    public required int Residue { get; init; }

    public required int ResidueCount { get; init; }

    /// <summary><see cref="UpdateRoom.List"/>.</summary>
    public required int List { get; init; }

    /// <summary><see cref="UpdateRoom.Firsts"/>.</summary>
    public required int Firsts { get; init; }

    public required LoadedTable[] Tables { get; init; }

    internal static LoadedFamily Of(PlacedFamily placed, int predicates)
    {
        var (rows, room) = (placed.Family.Rows, placed.Room!.Value);
        return new()
        {
            Family = placed.Family.Family,
            Places = [.. rows.Layout.Parts.Where(p => p.Source == KeySource.Field).Select(p => p.Field).Order()],
            NeedsPresence = rows.Layout.Presence is not null,
            Predicates = predicates,
            Ranges = [.. rows.Ranges.Select(r => r.Part.Field)],
            Records = placed.Records,
            Rows = rows.Count,
            Free = room.Records,
            Residue = placed.Residue,
            ResidueCount = placed.Family.Residue.Count,
            List = room.List,
            Firsts = room.Firsts,
            Tables = [.. placed.Tables.Select(t => new LoadedTable(t.Table.Mask.ToArray(), t.Table.Bits, t.Tags, t.Slots))],
        };
    }

    /// <summary>A list of rows like those that are there, without any.</summary>
    internal RowList NoRows()
    {
        var layout = new KeyLayout(Places, NeedsPresence, Predicates);
        return new(layout, [.. Ranges.Select(place => new KeyRange(layout.Of(place)))], 0);
    }
}

/// <summary>A table of a family.</summary>
/// <param name="Mask">The bits that it is keyed by.</param>
/// <param name="Bits">Its home buckets are 2 to this power.</param>
/// <param name="Tags">The offset of its words of tags.</param>
/// <param name="Slots">The offset of its slots.</param>
internal sealed record LoadedTable(ulong[] Mask, int Bits, int Tags, int Slots);
