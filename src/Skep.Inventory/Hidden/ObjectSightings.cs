namespace Skep.Inventory.Hidden;

/// <summary>What one look at the machine has shown: which source showed which object.</summary>
public sealed class ObjectSightings
{
    private readonly Dictionary<HiddenKey, SortedSet<string>> _seen = [];
    private readonly HashSet<(string Kind, string Source)> _complete = [];
    private readonly Dictionary<(string Kind, string Source), int> _counts = [];
    private readonly HashSet<(HiddenKey Key, string Source)> _excused = [];
    private readonly List<string> _unread = [];

    /// <summary>Sources that could not be read, each with the reason.</summary>
    public IReadOnlyList<string> Unread => _unread;

    /// <summary>Each source, whether it must show all objects of a kind, and how many it showed; by kind and name.</summary>
    public IEnumerable<(string Kind, string Source, bool Complete, int Count)> Sources =>
        _counts.OrderBy(pair => pair.Key.Kind, StringComparer.Ordinal).ThenBy(pair => pair.Key.Source, StringComparer.Ordinal)
            .Select(pair => (pair.Key.Kind, pair.Key.Source, _complete.Contains(pair.Key), pair.Value));

    /// <summary>A source has shown some objects.</summary>
    /// <param name="kind">What they are: <c>program</c>, <c>map</c>, <c>link</c>, <c>symbol</c>.</param>
    /// <param name="source">Who showed them.</param>
    /// <param name="complete">Whether it must show all of that kind, so that one that it does not show is hidden.</param>
    /// <param name="names">Their ids or tags; 0 and empty ones stand for none.</param>
    public void Add(string kind, string source, bool complete, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (complete) _complete.Add((kind, source));
        int count = 0;
        foreach (string name in names)
        {
            if (name.Length == 0 || name == "0") continue;
            var key = new HiddenKey(kind, name);
            if (!_seen.TryGetValue(key, out SortedSet<string>? sources))
                _seen[key] = sources = new SortedSet<string>(StringComparer.Ordinal);
            if (sources.Add(source)) count++;
        }

        _counts[(kind, source)] = _counts.GetValueOrDefault((kind, source)) + count;
    }

    /// <summary>A source need not show an object, for a reason of the kernel's.</summary>
    public void Excuse(HiddenKey key, string source) => _excused.Add((key, source));

    /// <summary>A source could not be read.</summary>
    public void AddUnread(string source, string reason) => _unread.Add($"{source}: {reason}");

    /// <summary>The objects that one source shows and another, which must show all, does not.</summary>
    public IEnumerable<HiddenObject> Discrepancies()
    {
        foreach ((HiddenKey key, SortedSet<string> sources) in _seen)
        {
            string[] missing =
                [
                    .. _complete.Where(c => c.Kind == key.Kind && !sources.Contains(c.Source) && !_excused.Contains((key, c.Source)))
                        .Select(c => c.Source).Order(StringComparer.Ordinal)];
            if (missing.Length > 0) yield return new HiddenObject(key, [.. sources], missing);
        }
    }
}

/// <summary>An object: its kind, and its id or tag.</summary>
public readonly record struct HiddenKey(string Kind, string Name);

/// <summary>An object that some sources show and others hide.</summary>
/// <param name="Key">The object.</param>
/// <param name="ShownBy">Who shows it.</param>
/// <param name="HiddenBy">Who should and does not.</param>
public sealed record HiddenObject(HiddenKey Key, IReadOnlyList<string> ShownBy, IReadOnlyList<string> HiddenBy);
