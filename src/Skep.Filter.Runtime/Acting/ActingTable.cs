using Skep.Filter.Check;
using Skep.Filter.Compare;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Sets;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Acting;

/// <summary>The rules of an applied table as they decide now, with what its sets hold: to decide packets by, without a device.</summary>
public static class ActingTable
{
    /// <summary>Elements of the largest set that is read to decide packets.</summary>
    public const int MostElements = 100_000;

    /// <summary>Reads them. Lines are those of the file that was applied.</summary>
    /// <param name="name">The table.</param>
    /// <param name="mostElements">Elements of the largest set that is read.</param>
    /// <returns>Null when no device is filtered by a table of that name.</returns>
    /// <exception cref="InvalidDataException">Another version of Skep applied it, or a set is too large.</exception>
    /// <exception cref="KernelException">The kernel refused something.</exception>
    public static Table? Read(string name, int mostElements = MostElements)
    {
        if (!Names.IsIdentifier(name)) return null;
        using ActingRules? acting = ActingRules.Open(name);
        if (acting is null) return null;
        if (acting.State.Head.Length == 0)
            throw new InvalidDataException($"reading table {name}: another version of skep applied it (apply the file again)");
        return Read(acting.State, mostElements);
    }

    /// <summary>Compares the rules and the elements that an applied table has now with a table.</summary>
    /// <param name="name">The applied table.</param>
    /// <param name="wanted">The table.</param>
    /// <returns>What has to change; null when no device is filtered by a table of that name.</returns>
    /// <exception cref="InvalidDataException">Another version of Skep applied it.</exception>
    /// <exception cref="KernelException">The kernel refused something.</exception>
    public static TableDifference? Compare(string name, Table wanted)
    {
        using ActingRules? acting = Names.IsIdentifier(name) ? ActingRules.Open(name) : null;
        if (acting is null) return null;
        return TryCompare(acting.State, wanted)
            ?? throw new InvalidDataException($"reading table {name}: another version of skep applied it (apply the file again)");
    }

    /// <summary>The same of what is kept of one; null when an earlier version kept it.</summary>
    internal static TableDifference? TryCompare(AppliedState state, Table wanted)
    {
        if (state.Head.Length == 0) return null;
        HashSet<string> used = Used(state);
        return TableDifference.Of(Read(state, int.MaxValue), wanted, used.Contains);
    }

    private static Table Read(AppliedState state, int mostElements)
    {
        Table table = KeptTable.Read(state, [.. state.Rules]);
        HashSet<string> used = Used(state);
        return table with
        {
            Sets = [.. table.Sets.Select(set => used.Contains(set.Name) ? Filled(state.Table, set, mostElements) : set)],
        };
    }

    // A set that no rule uses is not in the kernel.
    private static HashSet<string> Used(AppliedState state) => [.. state.Sets.Where(set => set.Number >= 0).Select(set => set.Name)];

    private static Set Filled(string table, Set set, int mostElements)
    {
        using LiveSet live = LiveSet.Open(table, set.Name);
        if (mostElements < int.MaxValue && live.Count() is var count && count > mostElements)
        {
            throw new InvalidDataException(
                $"reading set {set.Name} of table {table}: it has {count} elements, and at most {mostElements} are read here "
                + "skep filter test decides by a rule file");
        }

        ReadElements read = live.ParseFeed(set.Name, string.Join('\n', live.List().Select(element => element.Text)));
        return read.Elements is { } elements ? set with { Elements = elements }
            : throw new InvalidDataException($"reading set {set.Name} of table {table}: {read.Diagnostics[0].Message}");
    }
}
