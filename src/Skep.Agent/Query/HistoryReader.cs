using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Skep.Agent.Config;
using Skep.Agent.History;
using Skep.Linux.Files;

namespace Skep.Agent.Query;

/// <summary>Reads the history that an agent keeps, also while it does.</summary>
public sealed partial class HistoryReader : IDisposable
{
    /// <summary>A SHA-256 is named by so many digits of its beginning at least.</summary>
    public const int LeastHash = 6;

    private readonly SqliteConnection _database;
    private readonly AgentConfig _config;

    private HistoryReader(SqliteConnection database, AgentConfig config) => (_database, _config) = (database, config);

    /// <summary>Opens it.</summary>
    /// <exception cref="IOException">There is none, or it cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no history of skep, or damaged.</exception>
    public static HistoryReader Open(AgentConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new HistoryReader(HistoryDatabase.OpenToRead(config.DatabasePath), config);
    }

    /// <summary>Events, oldest first, and between them the times in which no agent watched.</summary>
    public IEnumerable<HistoryEvent> Events(HistoryFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var query = new QueryText(_database);
        query.Range("e.time", filter);
        if (!query.Words("e.cmd", filter.Commands) || !query.Words("e.type", filter.Types)
            || !query.Words("e.comm", filter.Comm is { } comm ? [comm] : [])
            || !query.Words("e.unit", filter.Unit is { } unit ? [unit] : []))
            yield break;
        // Most events are root's: the others have an index.
        if (filter.Uid is { } uid) query.Where($"e.uid = {query.Add((long)uid)}{(uid == 0 ? "" : " AND e.uid <> 0")}");
        if (filter.FailedOnly) query.Where("e.failed = 1");
        if (filter.Program is { } program)
        {
            string ids = string.Join(',', ProgramIds(program));
            if (ids.Length == 0) yield break;
            query.Where($"e.program IN ({ids})");
        }

        string limit = filter.Last is { } last ? $" DESC LIMIT {query.Add(last)}" : "";
        string sql = $"SELECT e.time, e.json, e.run FROM events e {query.Conditions} ORDER BY e.time{limit}";
        if (limit.Length > 0) sql = $"SELECT * FROM ({sql}) ORDER BY time";
        List<(long Run, long From, long To, bool WasKilled)> gaps = Gaps(filter);
        int next = 0;
        foreach (SqliteDataReader row in query.Run(sql))
        {
            long time = row.GetInt64(0);
            if (filter.Last is not null && next == 0)
                while (next < gaps.Count && gaps[next].To < time) next++;
            while (next < gaps.Count && gaps[next].To <= time) yield return GapOf(gaps[next++]);
            yield return new(time, (byte[])row.GetValue(1), null);
        }

        while (next < gaps.Count) yield return GapOf(gaps[next++]);
    }

    /// <summary>Distinct programs that ran, by when each was first seen.</summary>
    public IEnumerable<HistoryProgram> Programs(HistoryFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var query = new QueryText(_database);
        if (filter.Since is { } since) query.Where("p.last_seen >= " + query.Add(since));
        if (filter.Until is { } until) query.Where("p.first_seen < " + query.Add(until));
        query.OneOf("p.type", filter.Types);
        if (filter.Program is { } program) query.Where($"p.id IN ({string.Join(',', ProgramIds(program))})");
        var loader = new List<string>();
        if (filter.Comm is { } comm) loader.Add("i.comm = " + query.Add(comm));
        if (filter.Unit is { } unit) loader.Add("i.unit = " + query.Add(unit));
        if (filter.Uid is { } uid) loader.Add("i.uid = " + query.Add((long)uid));
        if (loader.Count > 0)
            query.Where($"EXISTS (SELECT 1 FROM instances i WHERE i.program = p.id AND {string.Join(" AND ", loader)})");
        if (filter.FailedOnly) query.Where("p.failures > 0");
        string sql = "SELECT p.id, p.sha256, p.tag, p.type, p.name, p.insns, p.first_seen, p.last_seen, p.loads, p.failures "
            + "FROM programs p "
            + $"{query.Conditions} ORDER BY p.first_seen{(filter.Last is null ? "" : " DESC LIMIT " + query.Add(filter.Last.Value))}";
        if (filter.Last is not null) sql = $"SELECT * FROM ({sql}) ORDER BY first_seen";
        var found = new List<HistoryProgram>();
        foreach (SqliteDataReader row in query.Run(sql))
        {
            found.Add(new(
                row.GetInt64(0), Text(row, 1), Text(row, 2), Text(row, 3), Text(row, 4), Number(row, 5), row.GetInt64(6), row.GetInt64(7),
                row.GetInt64(8), row.GetInt64(9)));
        }

        foreach (HistoryProgram one in found) yield return one with { Instances = Instances(one.Row) };
    }

    /// <summary>The programs that a word names: the beginning of a SHA-256, a tag, or a name.</summary>
    public IReadOnlyList<HistoryProgram> Find(string program) => [.. Programs(new HistoryFilter { Program = program })];

    /// <summary>
    /// What the same loader loads under the same name and type, oldest first: versions of one program. Only itself, when no load of it was
    /// watched or it has no name.
    /// </summary>
    public IReadOnlyList<HistoryProgram> Versions(HistoryProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        string[] loaders = [.. program.Instances.Select(i => i.Loader).OfType<string>().Distinct()];
        if (string.IsNullOrEmpty(program.Name) || loaders.Length == 0) return [program];
        return [.. Programs(new HistoryFilter { Program = program.Name, Types = program.Type is { } type ? [type] : [] })
            .Where(one => one.Name == program.Name && one.Instances.Any(i => loaders.Contains(i.Loader)))];
    }

    /// <summary>Where the code of a program is kept as it was loaded; null when its load was not watched, or it is kept no more.</summary>
    public string? CodePath(HistoryProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program.Sha256 is { } hash ? CodePath(_config, hash) : null;
    }

    /// <summary>The same of a SHA-256.</summary>
    internal static string? CodePath(AgentConfig config, string sha256)
    {
        string path = Path.Combine(config.ProgramsDirectory, sha256 + ".o");
        return PrivateFile.Length(path) is not null ? path : null;
    }

    /// <summary>Maps that there were, by when each was first seen.</summary>
    public IEnumerable<HistoryMap> Maps(HistoryFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var query = new QueryText(_database);
        query.Seen("m", filter);
        query.OneOf("m.type", filter.Types);
        if (filter.Comm is { } comm) query.Where("m.comm = " + query.Add(comm));
        if (filter.Unit is { } unit) query.Where("m.unit = " + query.Add(unit));
        if (filter.Uid is { } uid) query.Where("m.uid = " + query.Add((long)uid));
        string sql = "SELECT kernel_id, type, name, bytes_key, bytes_value, max_entries, memlock, uid, pid, comm, unit, "
            + "first_seen, last_seen, "
            + $"gone FROM maps m {query.Conditions} ORDER BY first_seen";
        foreach (SqliteDataReader row in query.Run(Limited(sql, filter, query)))
        {
            yield return new(
                row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), Number(row, 6),
                Number(row, 7), Number(row, 8), Text(row, 9), Text(row, 10), row.GetInt64(11), row.GetInt64(12), Number(row, 13));
        }
    }

    /// <summary>Where programs were attached, by when each was first seen.</summary>
    public IEnumerable<HistoryAttachment> Attachments(HistoryFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var query = new QueryText(_database);
        query.Seen("a", filter);
        query.OneOf("p.type", filter.Types);
        if (filter.Comm is { } comm) query.Where("i.comm = " + query.Add(comm));
        if (filter.Unit is { } unit) query.Where("i.unit = " + query.Add(unit));
        if (filter.Uid is { } uid) query.Where("i.uid = " + query.Add((long)uid));
        if (filter.Program is { } program) query.Where($"p.id IN ({string.Join(',', ProgramIds(program))})");
        string sql = "SELECT a.kind, a.place, a.link, i.kernel_id, p.sha256, p.tag, p.type, coalesce(i.name, p.name), "
            + $"a.first_seen, a.last_seen, a.gone "
            + $"FROM attachments a JOIN instances i ON i.id = a.instance JOIN programs p ON p.id = i.program {query.Conditions} "
            + "ORDER BY a.first_seen";
        foreach (SqliteDataReader row in query.Run(Limited(sql, filter, query)))
        {
            yield return new(
                row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), Text(row, 4), Text(row, 5), Text(row, 6),
                    Text(row, 7),
                row.GetInt64(8), row.GetInt64(9), Number(row, 10));
        }
    }

    /// <summary>What rules of packet filters had counted, each time that it had changed.</summary>
    public IEnumerable<HistoryCount> Filter(HistoryFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var query = new QueryText(_database);
        query.Range("time", filter);
        if (filter.Table is { } table) query.Where("tab = " + query.Add(table));
        string sql = $"SELECT time, tab, rule, text, packets, bytes FROM filter {query.Conditions} ORDER BY time";
        foreach (SqliteDataReader row in query.Run(Limited(sql, filter, query)))
            yield return new(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5));
    }

    /// <summary>The agents that ran, oldest first.</summary>
    public IEnumerable<HistoryRun> Runs(HistoryFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var query = new QueryText(_database);
        if (filter.Since is { } since) query.Where("alive >= " + query.Add(since));
        if (filter.Until is { } until) query.Where("started < " + query.Add(until));
        string sql = "SELECT boot, host, version, backend, started, alive, ended, captured, stored, pending, lost_kernel, dropped_queue, "
            + $"dropped_store FROM runs {query.Conditions} ORDER BY id";
        foreach (SqliteDataReader row in query.Run(Limited(sql, filter, query)))
        {
            yield return new(
                row.GetString(0), Text(row, 1), row.GetString(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), Number(row, 6),
                new(row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10), row.GetInt64(11), row.GetInt64(12)));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private static string Limited(string sql, HistoryFilter filter, QueryText query)
    {
        if (filter.Last is not { } last) return sql;
        int order = sql.LastIndexOf("ORDER BY ", StringComparison.Ordinal);
        string key = sql[(order + 9)..], plain = key[(key.LastIndexOf('.') + 1)..];
        string column = plain == "id" ? "started" : plain;
        return $"SELECT * FROM ({sql} DESC LIMIT {query.Add(last)}) ORDER BY {column}";
    }

    private static HistoryEvent GapOf((long Run, long From, long To, bool WasKilled) gap) =>
        new(gap.From, default, new(gap.From, gap.To, gap.WasKilled));

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    // From the last sign of life of one agent to the start of the next.
    private List<(long Run, long From, long To, bool WasKilled)> Gaps(HistoryFilter filter)
    {
        var gaps = new List<(long, long, long, bool)>();
        long? alive = null;
        bool ended = false;
        foreach (HistoryRun run in Runs(new HistoryFilter()))
        {
            if (alive is { } from && run.Started >= (filter.Since ?? 0) && from < (filter.Until ?? long.MaxValue))
                gaps.Add((0, from, run.Started, !ended));
            (alive, ended) = (run.Alive, run.Ended is not null);
        }

        return gaps;
    }

    private List<long> ProgramIds(string program)
    {
        using var query = new QueryText(_database);
        string word = query.Add(program);
        string hash = program.Length >= LeastHash && program.All(char.IsAsciiHexDigitLower)
            ? $" OR (sha256 >= {word} AND sha256 < {query.Add(program + "g")})" : "";
        return [.. query.Run($"SELECT id FROM programs WHERE tag = {word} OR name = {word} "
            + $"OR id IN (SELECT program FROM instances WHERE name = {word}){hash}").Select(row => row.GetInt64(0))];
    }

    private List<HistoryInstance> Instances(long program)
    {
        using var query = new QueryText(_database);
        string sql = "SELECT id, kernel_id, loaded, watched, uid, pid, comm, exe, unit, container, first_seen, last_seen, "
            + "gone, memlock, run_cnt, "
            + $"run_time_ns, name FROM instances WHERE program = {query.Add(program)} ORDER BY first_seen";
        var found = new List<HistoryInstance>();
        foreach (SqliteDataReader row in query.Run(sql))
        {
            found.Add(new(
                row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3) != 0, Number(row, 4), Number(row, 5), Text(row, 6),
                Text(row, 7), Text(row, 8), Text(row, 9), row.GetInt64(10), row.GetInt64(11), Number(row, 12), Number(row, 13),
                row.GetInt64(14), row.GetInt64(15), Text(row, 16)));
        }

        return found;
    }

    /// <summary>Alerts, by when each was first raised.</summary>
    public IEnumerable<HistoryAlert> Alerts(HistoryFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var query = new QueryText(_database);
        if (filter.Since is { } since) query.Where($"a.last >= {query.Add(since)}");
        if (filter.Until is { } until) query.Where($"a.time < {query.Add(until)}");
        query.OneOf("a.rule", filter.Rules);
        query.OneOf("a.severity", filter.Severities);
        string sql = $"SELECT a.time, a.last, a.count, a.json FROM alerts a {query.Conditions} ORDER BY a.time";
        if (filter.Last is { } last) sql = $"SELECT * FROM ({sql} DESC LIMIT {query.Add(last)}) ORDER BY time";
        foreach (SqliteDataReader row in query.Run(sql))
            yield return new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), (byte[])row.GetValue(3));
    }

    /// <summary>Decisions of guard, oldest first.</summary>
    public IEnumerable<HistoryDecision> Decisions(HistoryFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var query = new QueryText(_database);
        query.Range("time", filter);
        query.OneOf("type", filter.Types);
        query.OneOf("cmd", filter.Commands);
        query.OneOf("policy", filter.Policies);
        query.OneOf("decision", filter.Decisions);
        if (filter.Comm is { } comm) query.Where("comm = " + query.Add(comm));
        if (filter.Unit is { } unit) query.Where("unit = " + query.Add(unit));
        if (filter.Uid is { } uid) query.Where("uid = " + query.Add((long)uid));
        string sql = $"SELECT time, text, json FROM decisions {query.Conditions} ORDER BY time";
        foreach (SqliteDataReader row in query.Run(Limited(sql, filter, query)))
            yield return new(row.GetInt64(0), row.GetString(1), (byte[])row.GetValue(2));
    }
}
