using Skep.Filter.Format;
using Skep.Filter.Model;

namespace Skep.Filter.Compare;

/// <summary>What is in one of two lists only.</summary>
/// <param name="Removed">What is in the first only, in its order.</param>
/// <param name="Added">What is in the second only, in its order.</param>
public sealed record ListDifference(IReadOnlyList<string> Removed, IReadOnlyList<string> Added)
{
    /// <summary>Whether both are the same.</summary>
    public bool IsEmpty => Removed.Count == 0 && Added.Count == 0;
}

/// <summary>How a set differs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Declaration">Lines of its declaration.</param>
/// <param name="Elements">Its elements, without what they have counted and how long they last.</param>
public sealed record SetDifference(string Name, ListDifference Declaration, ListDifference Elements);

/// <summary>How a table differs from another: by the text of its settings, sets and rules.</summary>
/// <param name="Settings">Its settings.</param>
/// <param name="Sets">The sets that differ, by name.</param>
/// <param name="Rules">Its rules: one that has another place is removed and added.</param>
public sealed record TableDifference(ListDifference Settings, IReadOnlyList<SetDifference> Sets, ListDifference Rules)
{
    /// <summary>Whether both do the same to all packets.</summary>
    public bool IsEmpty => Settings.IsEmpty && Sets.Count == 0 && Rules.IsEmpty;

    /// <summary>Compares two tables.</summary>
    /// <param name="from">One.</param>
    /// <param name="to">The other.</param>
    /// <param name="hasElements">Whether the elements of a set of the first are known.</param>
    public static TableDifference Of(Table from, Table to, Func<string, bool> hasElements)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var sets = new List<SetDifference>();
        foreach (string name in from.Sets.Concat(to.Sets).Select(set => set.Name).Distinct().Order(StringComparer.Ordinal))
        {
            (Set? before, Set? after) = (from.FindSet(name), to.FindSet(name));
            var difference = new SetDifference(
                name, Lines(Declaration(before), Declaration(after)),
                before is null || hasElements(name) ? Elements(before, after) : new([], []));
            if (!difference.Declaration.IsEmpty || !difference.Elements.IsEmpty) sets.Add(difference);
        }

        return new(Lines(SettingsOf(from), SettingsOf(to)), sets, Lines(RulesOf(from), RulesOf(to)));
    }

    private static string[] SettingsOf(Table table) => [.. Trimmed(TableFormatter.Format(table with { Sets = [], Rules = [] }))];

    private static string[] RulesOf(Table table) => [.. table.Rules.Select(RuleFormatter.Format)];

    // Where its elements are read from is no difference of what it holds.
    private static string[] Declaration(Set? set) => set is null ? [] :
    [
        .. TableFormatter.SetLines(set with { FeedPath = null, Elements = ElementList.Empty(set.Types.Count) })
            .Select(line => line.Trim()).Where(line => line != "}"),
    ];

    private static IEnumerable<string> Trimmed(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()).Where(line => line != "}");

    private static ListDifference Elements(Set? before, Set? after)
    {
        string[] old = [.. Values(before)], now = [.. Values(after)];
        HashSet<string> inOld = [.. old], inNow = [.. now];
        return new([.. old.Where(one => !inNow.Contains(one))], [.. now.Where(one => !inOld.Contains(one))]);
    }

    private static IEnumerable<string> Values(Set? set) =>
        set is null ? [] : RuleFormatter.FormatElements(set with { Elements = set.Elements.WithoutState() });

    private static ListDifference Lines(string[] old, string[] now)
    {
        (bool[] keptOld, bool[] keptNow) = CommonLines.Find(old, now);
        return new([.. old.Where((_, i) => !keptOld[i])], [.. now.Where((_, i) => !keptNow[i])]);
    }
}
