using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Skep.Agent.History;
using Skep.Bpf;
using Skep.Inventory.Objects;

namespace Skep.Agent.Alerts.Raise;

/// <summary>
/// Which programs are new: those that are not in the baseline, and without a baseline those that history has not seen before. Used by one
/// thread.
/// </summary>
/// <param name="path">The database.</param>
internal sealed class KnownPrograms(string path) : IDisposable
{
    // skep agent baseline may change it at any time.
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> _hashes = [];
    private readonly HashSet<(string? Tag, string? Type)> _tags = [];
    private readonly SqliteConnection _database = HistoryDatabase.OpenToRead(path);
    private long _readAt;
    private bool _hasRead;

    /// <summary>Whether a program is new that is loaded now.</summary>
    /// <param name="sha256">SHA-256 of its code; null when it is not known.</param>
    /// <param name="tag">The kernel's tag.</param>
    /// <param name="type">Its type.</param>
    /// <param name="name">Its name.</param>
    /// <param name="timeNs">When it is loaded.</param>
    public bool IsNew(string? sha256, string? tag, string? type, string? name, long timeNs)
    {
        if (HasBaseline()) return !(sha256 is not null && _hashes.Contains(sha256)) && !_tags.Contains((tag, type));
        using var seen = new Statement(
            _database, sha256 is not null ? "SELECT first_seen FROM programs WHERE sha256 = $0"
                : "SELECT min(first_seen) FROM programs WHERE tag IS $1 AND type IS $2 AND name IS $3", 4);
        return (seen.Number(sha256, tag, type, name) ?? long.MaxValue) >= timeNs;
    }

    /// <summary>Whether a program is new whose load no agent saw.</summary>
    /// <param name="isFirst">Whether no agent has looked at the machine before: without a baseline nothing is new then.</param>
    /// <param name="program">The program.</param>
    public bool IsNewThough(bool isFirst, ProgramEntry program)
    {
        string type = program.Info.Type.Name();
        if (HasBaseline())
        {
            if (_tags.Contains((program.Info.Tag, type))) return false;
            using var known = new Statement(_database, "SELECT count(*) FROM baseline WHERE tag IS $0 AND type IS $1", 2);
            return known.Number(program.Info.Tag, type) is null or 0;
        }

        if (isFirst) return false;
        using var seen = new Statement(
            _database, "SELECT count(*) FROM instances i JOIN programs p ON p.id = i.program WHERE p.tag IS $0 AND p.type IS $1 "
            + "AND NOT (i.gone IS NULL AND i.kernel_id = $2)", 3);
        return seen.Number(program.Info.Tag, type, (long)program.Info.Id) is null or 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private bool HasBaseline()
    {
        if (!_hasRead || Stopwatch.GetElapsedTime(_readAt) > ReadEvery) Read();
        return _hashes.Count + _tags.Count > 0;
    }

    private void Read()
    {
        _hashes.Clear();
        _tags.Clear();
        using var all = new Statement(_database, "SELECT sha256, tag, type FROM baseline", 0);
        using SqliteDataReader rows = all.Rows();
        while (rows.Read())
        {
            // A tag is no proof of the content: it counts where nothing better is known.
            if (!rows.IsDBNull(0)) _hashes.Add(rows.GetString(0));
            else _tags.Add((rows.IsDBNull(1) ? null : rows.GetString(1), rows.IsDBNull(2) ? null : rows.GetString(2)));
        }

        (_hasRead, _readAt) = (true, Stopwatch.GetTimestamp());
    }
}
