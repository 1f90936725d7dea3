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

    private const int NanosecondsPerTick = 100;

    /// <summary>
    /// How long what is not events may be older than it is to be, in nanoseconds: to find it, all that is kept is read.
    /// </summary>
    public long AgeStep => Age.Ticks * NanosecondsPerTick / 100;

    /// <summary>Takes away what is too old, then the oldest of what is too much.</summary>
    /// <param name="database">The database.</param>
    /// <param name="now">The time, in nanoseconds of Unix time.</param>
    /// <param name="all">Whether of all, and not of events alone.</param>
    public void Apply(SqliteConnection database, long now, bool all = true)
    {
        long before = now - Age.Ticks * NanosecondsPerTick;
        int deleted;
        do deleted = Delete(database, "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE time < $0 ORDER BY time LIMIT $1)",
            before);
        while (deleted == EventsAtOnce);
        if (all) Old(database, before);
        long programs = PrivateDirectory.BytesIn(ProgramsDirectory);
        while (Used(database) + programs > Bytes)
        {
            deleted = Delete(database, "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE $0 = 0 ORDER BY id LIMIT $1)", 0);
            Shrink(database);
            if (deleted > 0) continue;
            // Samples and code are left.
            long middle = Middle(database);
            if (middle == 0) break;
            Old(database, middle);
            programs = PrivateDirectory.BytesIn(ProgramsDirectory);
            Shrink(database);
        }

        Shrink(database);
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

    private void Old(SqliteConnection database, long before)
    {
        var gone = new List<string>();
        HistoryDatabase.Change(database, () =>
        {
            foreach (string sql in (ReadOnlySpan<string>)
            [
                "DELETE FROM usage WHERE time < $0",
                "DELETE FROM filter WHERE time < $0",
                "DELETE FROM alerts WHERE last < $0",
                "DELETE FROM decisions WHERE time < $0",
                "DELETE FROM attachments WHERE gone < $0",
                "DELETE FROM instances WHERE gone < $0",
                "DELETE FROM maps WHERE gone < $0",
                "DELETE FROM runs WHERE alive < $0 AND id NOT IN (SELECT max(id) FROM runs) AND id NOT IN (SELECT run FROM events)",
            ])
            {
                using var delete = new Statement(database, sql, 1);
                delete.Run(before);
            }

            using var programs = new Statement(
                database, "DELETE FROM programs WHERE last_seen < $0 AND id NOT IN (SELECT program FROM instances) RETURNING sha256", 1);
            using SqliteDataReader rows = programs.Rows(before);
            while (rows.Read())
                if (!rows.IsDBNull(0)) gone.Add(rows.GetString(0));
        });
        gone.ForEach(Remove);
    }

    private void Remove(string hash)
    {
        foreach (string ending in (ReadOnlySpan<string>)[".json", ".bin", ".o"])
            PrivateFile.Remove(Path.Combine(ProgramsDirectory, hash + ending));
    }

    // Half of the time that samples and programs are of.
    private static long Middle(SqliteConnection database)
    {
        long first = HistoryDatabase.Number(
            database, "SELECT min(t) FROM (SELECT min(time) t FROM usage UNION ALL SELECT min(time) FROM filter UNION ALL "
            + "SELECT min(last_seen) FROM programs WHERE id NOT IN (SELECT program FROM instances WHERE gone IS NULL))");
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
