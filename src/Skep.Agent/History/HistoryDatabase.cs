using Microsoft.Data.Sqlite;
using Skep.Linux.Files;
using SQLitePCL;

namespace Skep.Agent.History;

/// <summary>The database of an agent: opened by the one process that writes it, and by those that read it meanwhile.</summary>
internal static class HistoryDatabase
{
    /// <summary>What <c>PRAGMA user_version</c> has: a database of a later version is not opened.</summary>
    internal const long Version = 3;

    // SQLite's primary result codes (https://sqlite.org/rescode.html).
    internal const int Full = 13, InputOutput = 10, Corrupt = 11, NotADatabase = 26, CannotOpen = 14;

    private const int BusyMilliseconds = 5000;

    // Version 1.
    private const string Schema = """
        CREATE TABLE runs(id INTEGER PRIMARY KEY, boot TEXT NOT NULL, host TEXT, version TEXT NOT NULL, backend INTEGER NOT NULL,
            started INTEGER NOT NULL, alive INTEGER NOT NULL, ended INTEGER, captured INTEGER NOT NULL DEFAULT 0,
            stored INTEGER NOT NULL DEFAULT 0, pending INTEGER NOT NULL DEFAULT 0, lost_kernel INTEGER NOT NULL DEFAULT 0,
            dropped_queue INTEGER NOT NULL DEFAULT 0, dropped_store INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE words(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
        CREATE TABLE programs(id INTEGER PRIMARY KEY, sha256 TEXT UNIQUE, tag TEXT, type TEXT, name TEXT, insns INTEGER,
            first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, loads INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX programs_tag ON programs(tag);
        CREATE INDEX programs_name ON programs(name);
        CREATE TABLE instances(id INTEGER PRIMARY KEY, boot TEXT NOT NULL, kernel_id INTEGER NOT NULL, program INTEGER NOT NULL,
            loaded INTEGER NOT NULL, watched INTEGER NOT NULL, uid INTEGER, pid INTEGER, comm TEXT, exe TEXT, unit TEXT, container TEXT,
            first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, gone INTEGER, memlock INTEGER,
            run_cnt INTEGER NOT NULL DEFAULT 0, run_time_ns INTEGER NOT NULL DEFAULT 0, maps TEXT, name TEXT);
        CREATE INDEX instances_kernel ON instances(boot, kernel_id);
        CREATE INDEX instances_program ON instances(program);
        CREATE INDEX instances_name ON instances(name);
        CREATE TABLE maps(id INTEGER PRIMARY KEY, boot TEXT NOT NULL, kernel_id INTEGER NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL,
            bytes_key INTEGER NOT NULL, bytes_value INTEGER NOT NULL, max_entries INTEGER NOT NULL, memlock INTEGER,
            uid INTEGER, pid INTEGER, comm TEXT, unit TEXT,
            first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, gone INTEGER);
        CREATE INDEX maps_kernel ON maps(boot, kernel_id);
        CREATE TABLE attachments(id INTEGER PRIMARY KEY, instance INTEGER NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL,
            link INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, gone INTEGER);
        CREATE INDEX attachments_instance ON attachments(instance);
        CREATE TABLE usage(instance INTEGER NOT NULL, time INTEGER NOT NULL, period_ns INTEGER NOT NULL, runs INTEGER NOT NULL,
            ns INTEGER NOT NULL, PRIMARY KEY(instance, time)) WITHOUT ROWID;
        CREATE TABLE filter(time INTEGER NOT NULL, tab TEXT NOT NULL, rule TEXT NOT NULL, text TEXT NOT NULL, packets INTEGER NOT NULL,
            bytes INTEGER NOT NULL, PRIMARY KEY(tab, rule, time)) WITHOUT ROWID;
        CREATE TABLE events(id INTEGER PRIMARY KEY, run INTEGER NOT NULL, time INTEGER NOT NULL, cmd INTEGER NOT NULL, type INTEGER,
            comm INTEGER NOT NULL, unit INTEGER, uid INTEGER, pid INTEGER NOT NULL, failed INTEGER NOT NULL, program INTEGER,
                object INTEGER,
            json BLOB NOT NULL);
        CREATE INDEX events_time ON events(time);
        CREATE INDEX events_cmd ON events(cmd, time);
        CREATE INDEX events_comm ON events(comm, time);
        CREATE INDEX events_type ON events(type, time) WHERE type IS NOT NULL;
        CREATE INDEX events_unit ON events(unit, time) WHERE unit IS NOT NULL;
        CREATE INDEX events_program ON events(program, time) WHERE program IS NOT NULL;
        CREATE INDEX events_failed ON events(time) WHERE failed = 1;
        """;

    // With version 2.
    private const string Alerts = """
        CREATE TABLE alerts(id INTEGER PRIMARY KEY, time INTEGER NOT NULL, last INTEGER NOT NULL, rule TEXT NOT NULL,
            severity TEXT NOT NULL, subject TEXT NOT NULL, count INTEGER NOT NULL DEFAULT 1, json BLOB NOT NULL);
        CREATE INDEX alerts_time ON alerts(time);
        CREATE INDEX alerts_rule ON alerts(rule, time);
        CREATE TABLE baseline(id INTEGER PRIMARY KEY, sha256 TEXT UNIQUE, tag TEXT, type TEXT, name TEXT, added INTEGER NOT NULL);
        CREATE INDEX baseline_tag ON baseline(tag);
        """;

    // With version 3.
    private const string Decisions = """
        CREATE TABLE decisions(id INTEGER PRIMARY KEY, boot TEXT NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL,
            decision TEXT NOT NULL, policy TEXT, cmd TEXT NOT NULL, type TEXT, comm TEXT NOT NULL, unit TEXT, uid INTEGER NOT NULL,
            text TEXT NOT NULL, json BLOB NOT NULL);
        CREATE INDEX decisions_time ON decisions(time);
        CREATE INDEX events_uid ON events(uid, time) WHERE uid <> 0;
        """;

    // What each version has beside the one before, from the first on.
    private static readonly string[] Steps = [Schema, Alerts, Decisions];

    static HistoryDatabase()
    {
        raw.SetProvider(new SQLite3Provider_sqlite3());
        // A connection is used by one thread at a time, and nothing asks how much memory SQLite has: neither needs a lock.
        raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
        raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    /// <summary>Opens it to write, and makes it where there is none.</summary>
    /// <exception cref="InvalidDataException">It is none, is damaged, or a later version of skep made it.</exception>
    /// <exception cref="IOException">It cannot be made or opened.</exception>
    public static SqliteConnection OpenToWrite(string path)
    {
        // SQLite gives the files beside it the permissions of this one.
        if (PrivateFile.Length(path) is null) PrivateFile.Replace(path, []);
        return Open(path, SqliteOpenMode.ReadWrite, Prepare);
    }

    /// <summary>Opens it to read.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <inheritdoc cref="OpenToWrite"/>
    public static SqliteConnection OpenToRead(string path)
    {
        if (PrivateFile.Length(path) is null)
        {
            throw new FileNotFoundException(
                $"reading {path}: there is no history{(Environment.IsPrivilegedProcess ? "" : ", or it is root's")} (skep agent makes it; "
                + "--state-dir or --config name another place)");
        }

        return Open(path, SqliteOpenMode.ReadOnly, Check);
    }

    /// <summary>Does something with a database, and says in words of skep what SQLite refused.</summary>
    public static T Reading<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is NotADatabase or Corrupt)
        {
            throw new InvalidDataException(
                $"reading {path}: {(e.SqliteErrorCode == Corrupt ? "the database is damaged" : "it is no database")} (move "
                    + $"it away, and the "
                + "agent begins another)", e);
        }
        catch (SqliteException e)
        {
            throw new IOException($"opening {path}: {e.Message}", e);
        }
    }

    internal static void Run(SqliteConnection database, string sql)
    {
        using SqliteCommand command = database.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Makes one change of what an action does: all of it, or nothing.</summary>
    internal static void Change(SqliteConnection database, Action action)
    {
        Run(database, "BEGIN IMMEDIATE");
        try
        {
            action();
            Run(database, "COMMIT");
        }
        catch
        {
            try
            {
                Run(database, "ROLLBACK");
            }
            catch (SqliteException)
            {
                // Some errors have taken it back already.
            }

            throw;
        }
    }

    internal static long Number(SqliteConnection database, string sql)
    {
        using SqliteCommand command = database.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is long number ? number : 0;
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode, Action<SqliteConnection, string> prepare) => Reading(path, () =>
    {
        var database = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = mode,
                Pooling = false,
                DefaultTimeout = BusyMilliseconds / 1000,
            }.ToString());
        try
        {
            database.Open();
            // Of statements that ADO.NET does not run.
            raw.sqlite3_busy_timeout(database.Handle, BusyMilliseconds);
            prepare(database, path);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    });

    private static void Prepare(SqliteConnection database, string path)
    {
        long version = Number(database, "PRAGMA user_version");
        bool isNew = version == 0 && Number(database, "SELECT count(*) FROM sqlite_schema") == 0;
        if (isNew)
        {
            Run(database, "PRAGMA page_size = 8192");
            Run(database, "PRAGMA auto_vacuum = INCREMENTAL");
            Run(database, "PRAGMA journal_mode = WAL");
        }

        if (isNew || version is > 0 and < Version)
        {
            Change(database, () =>
            {
                foreach (string step in Steps.Skip((int)version)) Run(database, step);
                Run(database, $"PRAGMA user_version = {Version}");
            });
        }

        Check(database, path);
        Run(database, "CREATE INDEX IF NOT EXISTS instances_present ON instances(boot, kernel_id) WHERE gone IS NULL");
        Run(database, "PRAGMA journal_mode = WAL");
        // What is committed survives the end of the process; a loss of power may take the last seconds, but not the database.
        Run(database, "PRAGMA synchronous = NORMAL");
        Run(database, "PRAGMA cache_size = -8192");
        Run(database, "PRAGMA journal_size_limit = 16777216");
    }

    private static void Check(SqliteConnection database, string path)
    {
        long version = Number(database, "PRAGMA user_version");
        if (version == Version) return;
        throw new InvalidDataException(version > Version
            ? $"reading {path}: a later version of skep made it (version {version}, this one reads {Version})"
            : version == 0 ? $"reading {path}: it is no history of skep"
            : $"reading {path}: an earlier version of skep made it (version {version}); the next start of skep agent brings it to version "
                + $"{Version}");
    }
}
