using Microsoft.Data.Sqlite;

namespace Skep.Agent.History;

/// <summary>Strings that events share, each stored once: names of commands, types, processes, units.</summary>
internal sealed class WordTable : IDisposable
{
    // A process chooses its name: there may be any number of them.
    private const int MostKnown = 50_000;

    private readonly Statement _find, _add;
    private readonly Dictionary<string, long> _known = [];

    public WordTable(SqliteConnection database)
    {
        _find = new Statement(database, "SELECT id FROM words WHERE text = $0", 1);
        _add = new Statement(database, "INSERT INTO words(text) VALUES($0) RETURNING id", 1);
    }

    /// <summary>The number of a string; null for null.</summary>
    public long? Of(string? text)
    {
        if (text is null) return null;
        if (_known.TryGetValue(text, out long known)) return known;
        long id = _find.Number(text) ?? _add.Number(text)!.Value;
        if (_known.Count >= MostKnown) _known.Clear();
        return _known[text] = id;
    }

    /// <summary>Forgets what it knows: a change that was taken back may have added some of it.</summary>
    public void Forget() => _known.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        _find.Dispose();
        _add.Dispose();
    }
}
