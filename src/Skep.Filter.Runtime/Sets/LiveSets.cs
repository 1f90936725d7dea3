using Skep.Filter.Check;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Runtime.Sets;

/// <summary>One set of an applied table, or a pair that takes IPv4 and IPv6 elements from one source.</summary>
public sealed class LiveSets : IDisposable
{
    private readonly List<LiveSet> _sets = [];

    public IReadOnlyList<LiveSet> All => _sets;

    /// <summary>Opens what a user named: <c>SET</c>, or <c>SET4,SET6</c>.</summary>
    /// <exception cref="InvalidDataException">There is no such set, or the two are no pair.</exception>
    public static LiveSets Open(string table, string names)
    {
        var opened = new LiveSets();
        try
        {
            foreach (string name in names.Split(',')) opened._sets.Add(LiveSet.Open(table, name));
            if (opened._sets.Count == 1 || (opened._sets.Count == 2 && opened._sets[0].IsPairOf(opened._sets[1]))) return opened;
            string types = string.Join(", ", opened._sets.Select(set => $"{set.Name} has type {string.Join(" . ", set.Type)}"));
            throw new InvalidDataException(
                $"finding sets {names} of table {table}: {types} (name one set, or two that differ in ipv4_addr and ipv6_addr only)");
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Reads elements of a command line, each for the set of its family.</summary>
    /// <returns>Null after an error, which is reported.</returns>
    public List<(LiveSet Set, ElementList Elements)>? Parse(string[] words, Action<IReadOnlyList<Diagnostic>> report) => Read(
        set => set.Parse(
            _sets.Count == 1 ? words : ElementText.Split(words).Where(element => IsFor(set, element)).Select(element => element + ",")),
        report);

    /// <summary>Reads a feed, each line for the set of its family.</summary>
    /// <returns>Null after an error, which is reported.</returns>
    public List<(LiveSet Set, ElementList Elements)>? ParseFeed(
        string title, string text, Action<IReadOnlyList<Diagnostic>> report) =>
        Read(set => set.ParseFeed(title, _sets.Count == 1 ? text : LinesFor(set, text)), report);

    public void Dispose()
    {
        foreach (LiveSet set in _sets) set.Dispose();
    }

    private List<(LiveSet Set, ElementList Elements)>? Read(
        Func<LiveSet, ReadElements> read, Action<IReadOnlyList<Diagnostic>> report)
    {
        var all = new List<(LiveSet, ElementList)>();
        foreach (LiveSet set in _sets)
        {
            ReadElements elements = read(set);
            report(elements.Diagnostics);
            if (elements.Elements is { } list) all.Add((set, list));
        }

        return all.Count == _sets.Count ? all : null;
    }

    // The lines of the others stay as empty ones, so that errors name the right line.
    private static string LinesFor(LiveSet set, string text) =>
        string.Join('\n', text.Split('\n').Select(line => IsFor(set, line.Split('#', ';')[0]) ? line : ""));

    /// <summary>The set that an element goes to.</summary>
    internal LiveSet Find(string element) => _sets.Count == 1 ? _sets[0] : _sets.First(set => IsFor(set, element));

    private static bool IsFor(LiveSet set, string element)
    {
        int at = set.Type.ToList().FindIndex(type => type is "ipv4_addr" or "ipv6_addr");
        string[] parts = element.Split(" . ");
        return (at < parts.Length ? parts[at] : element).Contains(':', StringComparison.Ordinal) == set.IsIp6;
    }
}
