using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>
/// The interfaces that rules match. Rule text names them, as nft does; programs compare their indexes. Names are looked up when a table is
/// applied or tested, by whoever does that.
/// </summary>
public static class Interfaces
{
    /// <summary>The index of the loopback interface, in every network namespace.</summary>
    public const uint Loopback = 1;

    /// <summary>The names in a rule's matches.</summary>
    /// <param name="rule">The rule.</param>
    /// <returns>Each name once per occurrence.</returns>
    public static IEnumerable<string> NamedIn(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Matches.OfType<ValuesMatch>().Where(HasNames).SelectMany(NamesOf);

        static IEnumerable<string> NamesOf(ValuesMatch match) => match.Elements.Ranges.ToArray()
            .Where((r, i) => IsInterface(match.Fields[i % match.Fields.Count]) && InterfaceName.IsName(r.Low))
            .Select(r => InterfaceName.OfValue(r.Low));
    }

    /// <summary>Puts indexes in the place of names.</summary>
    /// <param name="table">The table.</param>
    /// <param name="indexOf">The index for a name in a rule.</param>
    /// <returns>A table of the same rules, with the same ids.</returns>
    public static Table Resolve(Table table, Func<Rule, string, uint> indexOf)
    {
        ArgumentNullException.ThrowIfNull(table);
        return !HasNames(table) ? table : table with
        {
            Rules =
            [.. table.Rules.Select(rule => HasNames(rule)
                ? rule with { Matches = [.. rule.Matches.Select(m => Resolve(rule, m, indexOf))] } : rule)]
        };
    }

    /// <summary>Puts made-up indexes in the place of names, for a program that is not to run.</summary>
    /// <param name="table">The table.</param>
    /// <returns>A table of the same rules, with the same ids.</returns>
    public static Table MakeUp(Table table)
    {
        var names = new MadeUpInterfaces(static _ => 0);
        return Resolve(table, (_, name) => names.IndexOf(name));
    }

    internal static bool HasNames(Match match)
    {
        if (match is not ValuesMatch values) return false;
        var fields = match.Fields.AsSpan();
        for (var i = 0; i < fields.Length; i++)
            if (IsInterface(fields[i]) && HasNames(values.Elements, i)) return true;
        return false;
    }

    /// <summary>Whether rules of a table name interfaces.</summary>
    public static bool HasNames(Table table)
    {
        foreach (var rule in table.Rules)
            if (HasNames(rule)) return true;
        return false;
    }

    private static bool HasNames(Rule rule)
    {
        foreach (var match in rule.Matches)
            if (HasNames(match)) return true;
        return false;
    }

    internal static bool IsInterface(Field field) => FieldInfo.Of(field).Type == DataType.IfaceIndex;

    private static bool HasNames(ElementList elements, int at)
    {
        for (var row = 0; row < elements.Count; row++)
            if (InterfaceName.IsName(elements[row][at].Low)) return true;
        return false;
    }

    private static Match Resolve(Rule rule, Match match, Func<Rule, string, uint> indexOf)
    {
        if (!HasNames(match)) return match;
        var values = (ValuesMatch)match;
        var elements = new ElementListBuilder(values.Elements.Width);
        for (var row = 0; row < values.Elements.Count; row++)
        {
            var ranges = values.Elements[row].ToArray();
            for (var i = 0; i < ranges.Length; i++)
            {
                if (!IsInterface(values.Fields[i]) || !InterfaceName.IsName(ranges[i].Low)) continue;
                var index = indexOf(rule, InterfaceName.OfValue(ranges[i].Low));
                ranges[i] = new(index, index);
            }
            elements.Add(ranges, null);
        }
        return values with { Elements = elements.Build() };
    }
}
