using Skep.Filter.Check;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Sets;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Tables;

/// <summary>The rules of an applied table as they decide now, with what its sets hold: to decide packets by, without a device.</summary>
public static class ActingTable
{
    /// <summary>Elements of the largest set that is read.</summary>
    public const int MostElements = 100_000;

    /// <summary>Reads them. Lines are those of the file that was applied.</summary>
    /// <param name="name">The table.</param>
    /// <returns>Null when no device is filtered by a table of that name.</returns>
    /// <exception cref="InvalidDataException">Another version of Skep applied it, or a set is too large.</exception>
    /// <exception cref="KernelException">The kernel refused something.</exception>
    public static Table? Read(string name)
    {
        if (!Names.IsIdentifier(name)) return null;
        using ActingRules? acting = ActingRules.Open(name);
        if (acting is null) return null;
        if (acting.State.Head.Length == 0)
            throw new InvalidDataException($"reading table {name}: another version of skep applied it (apply the file again)");
        Table table = RuleEdits.Read(acting.State, [.. acting.State.Rules]);
        HashSet<string> used = [.. acting.State.Sets.Where(set => set.Number >= 0).Select(set => set.Name)];
        return table with { Sets = [.. table.Sets.Select(set => used.Contains(set.Name) ? Filled(name, set) : set)] };
    }

    private static Set Filled(string table, Set set)
    {
        using LiveSet live = LiveSet.Open(table, set.Name);
        if (live.Count() is > MostElements and var count)
        {
            throw new InvalidDataException(
                $"reading set {set.Name} of table {table}: it has {count} elements, and at most {MostElements} are read here "
                + "skep filter test decides by a rule file");
        }

        ReadElements read = live.ParseFeed(set.Name, string.Join('\n', live.List().Select(element => element.Text)));
        return read.Elements is { } elements ? set with { Elements = elements }
            : throw new InvalidDataException($"reading set {set.Name} of table {table}: {read.Diagnostics[0].Message}");
    }
}
