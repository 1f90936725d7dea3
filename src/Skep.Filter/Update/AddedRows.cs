using Skep.Filter.Classify;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Update;

/// <summary>The rows of a rule that is added to a list, as records of the list express them.</summary>
internal sealed class AddedRows : IAlternativeSink
{
    private const int MostRows = 64;

    private readonly LoadedList _list;
    private readonly RowList?[] _families = new RowList?[Classify.Families.Count];
    private int _count;

    private AddedRows(LoadedList list) => _list = list;

    /// <summary>Why the list cannot take the rule; null when it can.</summary>
    internal string? Misfit { get; private set; }

    /// <summary>The families that have rows.</summary>
    internal IEnumerable<(LoadedFamily Family, RowList Rows)> Families =>
        _list.Families.Where(f => _families[(int)f.Family] is not null).Select(f => (f, _families[(int)f.Family]!));

    /// <summary>Makes the rows of a rule.</summary>
    /// <param name="lists">What is known of the program.</param>
    /// <param name="list">The list.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="order">Its order.</param>
    internal static AddedRows Of(LoadedLists lists, LoadedList list, Rule rule, int order)
    {
        var added = new AddedRows(list) { Misfit = MisfitOf(lists, rule) };
        if (added.Misfit is not null) return added;
        var atoms = new RuleAtoms(MostRows, match => NumberOf(list, match));
        if (!atoms.TryWrite(order, rule, null, isCounted: true))
            added.Misfit = "it has a match that is looked up apart, and no other rule has it";
        else atoms.TryWrite(order, rule, added, isCounted: false);
        return added;
    }

    public void Add(int rule, ReadOnlySpan<Atom> atoms, int presence, ulong predicates)
    {
        var family = Classify.Families.Of(presence);
        if (Array.Find(_list.Families, f => f.Family == family) is not { } loaded)
        {
            Misfit = "no rule near it is for packets of its kind";
            return;
        }
        var rest = presence & ~Classify.Families.Bit(family);
        if (rest != 0 && !loaded.NeedsPresence) Misfit = "no rule near it asks for a header beside that of IP";
        foreach (var atom in atoms)
            if (!loaded.Places.Contains(atom.Place)) Misfit = "no rule near it asks for one of its fields";
        if (Misfit is null) Write(loaded, rule, atoms.ToArray(), rest, predicates);
    }

    private static string? MisfitOf(LoadedLists lists, Rule rule)
    {
        if (!Classifier.IsEligible(rule)) return "it has a statement, a limit or no verdict";
        if (Interfaces.NamedIn(rule).Any()) return "it names an interface";
        if (!lists.Verdicts.Contains(RuleFormatter.Format(rule.Verdict))) return "no other rule has its verdict";
        if (rule.Matches.SelectMany(m => m.Fields).Any(field => !lists.Fields.Contains(field)))
            return "no other rule asks for one of its fields";
        return !lists.HasTransport && rule.NamedHeaders().Any(h => (Presence.Of(h) & Presence.Transport) != 0)
            ? "no other rule asks for a transport header" : null;
    }

    private static int NumberOf(LoadedList list, Match match) =>
        list.Predicates.Length == 0 ? -1 : Array.IndexOf(list.Predicates, RuleFormatter.Format(match));

    /// <summary>Writes a row; a range of a field of which records have none is written as prefixes.</summary>
    private void Write(LoadedFamily family, int rule, Atom[] atoms, int presence, ulong predicates)
    {
        var at = Array.FindIndex(atoms, a => a.HasRange && !family.Ranges.Contains(a.Place));
        if (at < 0)
        {
            if (++_count > MostRows) Misfit = "it has too many combinations of values";
            else (_families[(int)family.Family] ??= family.NoRows()).Add(rule, atoms, presence, predicates);
            return;
        }
        var atom = atoms[at];
        foreach (var prefix in IntervalList.Prefixes(new(atom.Low, atom.High)))
        {
            if (!Atom.TryJoin(atom with { Low = 0, High = 0, HasRange = false }, Atom.Of(atom.Place, prefix), out var both)) continue;
            Write(family, rule, [.. atoms[..at], both, .. atoms[(at + 1)..]], presence, predicates);
        }
    }
}
