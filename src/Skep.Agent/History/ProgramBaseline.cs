using Microsoft.Data.Sqlite;
using Skep.Agent.Config;

namespace Skep.Agent.History;

/// <summary>A program of the baseline.</summary>
/// <param name="Sha256">SHA-256 of its code; null where no agent saw a load of it.</param>
/// <param name="Tag">The kernel's tag.</param>
/// <param name="Type">Its type.</param>
/// <param name="Name">The name that it was first loaded under.</param>
/// <param name="Added">Since when it is in the baseline, in nanoseconds of Unix time.</param>
public sealed record BaselineProgram(string? Sha256, string? Tag, string? Type, string? Name, long Added);

/// <summary>The baseline: the programs that are known, and that rules with <c>new = true</c> do not report.</summary>
public sealed class ProgramBaseline : IDisposable
{
    private readonly SqliteConnection _database;

    private ProgramBaseline(SqliteConnection database) => _database = database;

    /// <summary>Opens it, to read and to change.</summary>
    /// <exception cref="IOException">There is no history, or it cannot be opened.</exception>
    /// <exception cref="InvalidDataException">It is no history of skep.</exception>
    public static ProgramBaseline Open(AgentConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        // One that is not there is not made: that is the agent's.
        HistoryDatabase.OpenToRead(config.DatabasePath).Dispose();
        return new ProgramBaseline(HistoryDatabase.OpenToWrite(config.DatabasePath));
    }

    /// <summary>The programs, by name.</summary>
    public IReadOnlyList<BaselineProgram> Programs()
    {
        using var all = new Statement(_database, "SELECT sha256, tag, type, name, added FROM baseline ORDER BY name, type, sha256", 0);
        using SqliteDataReader rows = all.Rows();
        var found = new List<BaselineProgram>();
        while (rows.Read()) found.Add(new(Text(rows, 0), Text(rows, 1), Text(rows, 2), Text(rows, 3), rows.GetInt64(4)));
        return found;
    }

    /// <summary>Makes it the programs that history has loads of, or has found.</summary>
    /// <param name="since">Only those that were there from then on; null for all.</param>
    /// <param name="now">The time, in nanoseconds of Unix time.</param>
    /// <returns>How many there are.</returns>
    public long Set(long? since, long now) => Change(() =>
    {
        HistoryDatabase.Run(_database, "DELETE FROM baseline");
        Add("loads + (SELECT count(*) FROM instances WHERE program = programs.id) > 0 AND last_seen >= $1", since ?? 0, now);
    });

    /// <summary>Adds programs of the history.</summary>
    /// <param name="row">The program's row.</param>
    /// <param name="now">The time, in nanoseconds of Unix time.</param>
    /// <returns>How many there are.</returns>
    public long Add(long row, long now) => Change(() => Add("id = $1", row, now));

    /// <summary>Takes a program out.</summary>
    /// <param name="program">The program, as <see cref="Programs"/> gives it.</param>
    /// <returns>How many there are.</returns>
    public long Remove(BaselineProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return Change(() =>
        {
            using var remove = new Statement(
                _database, "DELETE FROM baseline WHERE sha256 IS $0 AND tag IS $1 AND type IS $2 AND name IS $3", 4);
            remove.Run(program.Sha256, program.Tag, program.Type, program.Name);
        });
    }

    /// <summary>Empties it: then programs are new that history has not seen before.</summary>
    public void Clear() => Change(() => HistoryDatabase.Run(_database, "DELETE FROM baseline"));

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private void Add(string condition, long value, long now)
    {
        using var add = new Statement(
            _database, "INSERT INTO baseline(sha256, tag, type, name, added) SELECT sha256, tag, type, name, $0 FROM programs "
            + $"WHERE {condition} AND NOT EXISTS (SELECT 1 FROM baseline b WHERE b.sha256 IS programs.sha256 AND b.tag IS programs.tag "
            + "AND b.type IS programs.type AND b.name IS programs.name)", 2);
        add.Run(now, value);
    }

    private long Change(Action action) => HistoryDatabase.Reading("the baseline", () =>
    {
        HistoryDatabase.Change(_database, action);
        return HistoryDatabase.Number(_database, "SELECT count(*) FROM baseline");
    });
}
