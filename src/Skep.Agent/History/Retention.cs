using Microsoft.Data.Sqlite;
using Skep.Linux.Files;

namespace Skep.Agent.History;

/// <summary>How much history is kept: by age, and by the bytes of the database and the code of programs.</summary>
/// <param name="Age">What is older is taken away.</param>
/// <param name="Bytes">How much there may be.</param>
/// <param name="ProgramsDirectory">The code of programs.</param>
internal sealed record Retention(TimeSpan Age, long Bytes, string ProgramsDirectory)
{
    // What is taken away in one change of the database: others wait meanwhile.
    private const int EventsAtOnce = 20_000, PagesAtOnce = 20_000;

    private const int NanosecondsPerTick = 100, HashDigits = 64;

    private const string ProgramTimes =
        "SELECT min(last_seen) t FROM programs WHERE id NOT IN (SELECT program FROM instances WHERE gone IS NULL)";

    private const string SampleTimes = "SELECT min(time) t FROM usage UNION ALL SELECT min(time) FROM filter UNION ALL "
        + "SELECT min(time) FROM decisions UNION ALL SELECT min(last) FROM alerts UNION ALL SELECT min(gone) FROM maps";

    private static readonly string[] Endings = [".json", ".bin", ".o"];

    /// <summary>
    /// How long what is not events may be older than it is to be, in nanoseconds: to find it, all that is kept is read.
    /// </summary>
    public long AgeStep => Age.Ticks * NanosecondsPerTick / 100;

    /// <summary>Removes some of the events that are too old.</summary>
    /// <param name="database">The database.</param>
    /// <param name="now">The time, in nanoseconds of Unix time.</param>
    /// <returns>Whether there are more of them.</returns>
    public bool RemoveOldEvents(SqliteConnection database, long now)
    {
        bool areMore = EventsAtOnce == Delete(
            database, "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE time < $0 ORDER BY time LIMIT $1)", Oldest(now));
        if (areMore) Shrink(database);
        return areMore;
    }

    /// <summary>Removes what is too old besides events, then some of the oldest of what is too much.</summary>
    /// <param name="database">The database.</param>
    /// <param name="now">The time, in nanoseconds of Unix time.</param>
    /// <param name="all">Whether what is too old is looked for.</param>
    /// <param name="removed">Is given the SHA-256 of each program whose code is removed.</param>
    /// <returns>Whether there may be more of what is too much.</returns>
    public bool Apply(SqliteConnection database, long now, bool all, Action<string> removed)
    {
        if (all)
        {
            RemoveSamples(database, Oldest(now));
            RemovePrograms(database, Oldest(now), removed);
            RemoveUnknown(database, removed);
        }

        long programs = PrivateDirectory.BytesIn(ProgramsDirectory);
        bool isMore = Used(database) + programs > Bytes && RemoveOldest(database, programs, removed);
        Shrink(database);
        return isMore;
    }

    /// <summary>Bytes of the database that hold something.</summary>
    internal static long Used(SqliteConnection database) =>
        (HistoryDatabase.Number(database, "PRAGMA page_count") - HistoryDatabase.Number(database, "PRAGMA freelist_count"))
        * HistoryDatabase.Number(database, "PRAGMA page_size");

    private static int Delete(SqliteConnection database, string sql, long before)
    {
        using var delete = new Statement(database, sql, 2);
        return delete.Run(before, (long)EventsAtOnce);
    }

    private static void Delete(SqliteConnection database, long before, params ReadOnlySpan<string> statements)
    {
        foreach (string sql in statements)
        {
            using var delete = new Statement(database, sql, 1);
            delete.Run(before);
        }
    }

    private static void RemoveSamples(SqliteConnection database, long before) => HistoryDatabase.Change(database, () => Delete(
        database, before,
        "DELETE FROM usage WHERE time < $0",
        "DELETE FROM filter WHERE time < $0",
        "DELETE FROM alerts WHERE last < $0",
        "DELETE FROM decisions WHERE time < $0",
        "DELETE FROM maps WHERE gone < $0",

        // The events of the oldest run that has any come first.
        "DELETE FROM runs WHERE alive < $0 AND id < coalesce((SELECT run FROM events ORDER BY id LIMIT 1), (SELECT max(id) FROM runs))"));

    private long Oldest(long now) => now - Age.Ticks * NanosecondsPerTick;

    private void RemovePrograms(SqliteConnection database, long before, Action<string> removed)
    {
        var gone = new List<string>();
        HistoryDatabase.Change(database, () =>
        {
            Delete(database, before, "DELETE FROM attachments WHERE gone < $0", "DELETE FROM instances WHERE gone < $0");
            using var programs = new Statement(
                database, "DELETE FROM programs WHERE last_seen < $0 AND id NOT IN (SELECT program FROM instances) RETURNING sha256", 1);
            using SqliteDataReader rows = programs.Rows(before);
            while (rows.Read())
                if (!rows.IsDBNull(0)) gone.Add(rows.GetString(0));
        });
        foreach (string hash in gone) Remove(hash, removed);
    }

    // Code whose event was not stored: the disk was full, or the agent was killed.
    private bool RemoveUnknown(SqliteConnection database, Action<string> removed)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        using (var all = new Statement(database, "SELECT sha256 FROM programs WHERE sha256 IS NOT NULL", 0))
        using (SqliteDataReader rows = all.Rows())
            while (rows.Read()) known.Add(rows.GetString(0));
        string[] unknown =
        [
            .. Endings.SelectMany(ending => PrivateDirectory.FilesIn(ProgramsDirectory, ending)).Select(Path.GetFileNameWithoutExtension)
                .OfType<string>().Where(name => name.Length == HashDigits && !known.Contains(name)).Distinct(),
        ];
        foreach (string hash in unknown) Remove(hash, removed);
        return unknown.Length > 0;
    }

    // Code goes before events only where it takes more than half of what there may be.
    private bool RemoveOldest(SqliteConnection database, long programs, Action<string> removed)
    {
        if (programs > Bytes / 2)
        {
            if (RemoveUnknown(database, removed)) return true;
            if (Middle(database, ProgramTimes) is > 0 and var ofPrograms)
            {
                RemovePrograms(database, ofPrograms, removed);
                return true;
            }
        }

        const string OldestEvents = "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE $0 = 0 ORDER BY id LIMIT $1)";
        if (Delete(database, OldestEvents, 0) > 0) return true;
        long middle = Middle(database, SampleTimes + " UNION ALL " + ProgramTimes);
        if (middle == 0) return false;
        RemoveSamples(database, middle);
        RemovePrograms(database, middle, removed);
        return true;
    }

    private void Remove(string hash, Action<string> removed)
    {
        foreach (string ending in Endings) PrivateFile.Remove(Path.Combine(ProgramsDirectory, hash + ending));
        removed(hash);
    }

    // Half of the time from the oldest of some times to now; 0 where there are none, or they are of one moment.
    private static long Middle(SqliteConnection database, string times)
    {
        long first = HistoryDatabase.Number(database, $"SELECT min(t) FROM ({times})");
        long last = HistoryDatabase.Number(database, "SELECT max(alive) FROM runs");
        return first == 0 || last - first < 2_000_000_000 ? 0 : first + (last - first) / 2;
    }

    private static void Shrink(SqliteConnection database)
    {
        // It frees a page at each row that is read.
        using (var vacuum = new Statement(database, $"PRAGMA incremental_vacuum({PagesAtOnce})", 0))
        using (SqliteDataReader freed = vacuum.Rows())
            while (freed.Read())
            {
            }

        HistoryDatabase.Run(database, "PRAGMA wal_checkpoint(PASSIVE)");
    }
}
