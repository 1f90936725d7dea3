using System.Globalization;
using Microsoft.Data.Sqlite;
using Skep.Bpf;
using Skep.Inventory.Objects;

namespace Skep.Agent.History;

/// <summary>
/// Distinct programs, and their instances: each load of one of them. A program is known by the SHA-256 of its code when the watch saw the
/// load, else by its tag, type and name.
/// </summary>
internal sealed class ProgramRows : IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    // The kernel's time of a load has seconds here; the watch's is that of the call.
    private const long SameLoadSeconds = 2;

    private readonly string _boot;
    private readonly Statement _findHash, _findTag, _addProgram, _seen, _loaded, _addInstance, _watched, _orphan, _gone, _present, _sized;
    private readonly Dictionary<uint, Instance> _there = [];

    public ProgramRows(SqliteConnection database, string boot)
    {
        _boot = boot;
        _findHash = new(database, "SELECT id FROM programs WHERE sha256 = $0", 1);
        _findTag = new(database, "SELECT id FROM programs WHERE tag IS $0 AND type IS $1 AND name IS $2 ORDER BY last_seen "
            + "DESC LIMIT 1", 3);
        _addProgram = new(
            database,
            "INSERT INTO programs(sha256, tag, type, name, insns, first_seen, last_seen) VALUES($0, $1, $2, $3, $4, $5, $5) "
            + "RETURNING id", 6);
        _loaded = new(
            database,
            "UPDATE programs SET last_seen = max(last_seen, $1), loads = loads + $2, failures = failures + $3, tag = coalesce(tag, $4), "
            + "name = coalesce(nullif(name, ''), $5) WHERE id = $0", 6);
        _seen = new(database, "UPDATE programs SET last_seen = max(last_seen, $1) WHERE id = $0", 2);
        _addInstance = new(
            database,
            "INSERT INTO instances(boot, kernel_id, program, loaded, watched, uid, pid, comm, exe, unit, container, "
            + "first_seen, last_seen, maps, name) "
            + "VALUES($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13) RETURNING id", 14);
        _watched = new(
            database,
            "UPDATE instances SET program = $1, loaded = $2, watched = 1, uid = $3, pid = $4, comm = $5, exe = $6, unit = "
            + "$7, container = $8, name = $9 "
            + "WHERE id = $0", 10);
        _orphan = new(
            database, "DELETE FROM programs WHERE id = $0 AND sha256 IS NULL AND NOT EXISTS (SELECT 1 FROM instances WHERE "
                + "program = $0)", 1);
        _gone = new(database, "UPDATE instances SET gone = $1, last_seen = max(last_seen, $2) WHERE id = $0", 3);
        _present = new(
            database,
            "SELECT i.id, i.kernel_id, i.program, i.loaded, i.last_seen, i.watched, p.tag FROM instances i "
            + "JOIN programs p ON p.id = i.program WHERE i.boot = $0 AND i.gone IS NULL", 1);
        _sized = new(
            database,
            "UPDATE instances SET last_seen = $1, memlock = $2, run_cnt = max(run_cnt, $3), run_time_ns = max(run_time_ns, "
            + "$4) WHERE id = $0", 5);
        ReadPresent();
    }

    /// <summary>Reads which instances are there, from the database: at the begin, and after a change was taken back.</summary>
    public void ReadPresent()
    {
        _there.Clear();
        using SqliteDataReader rows = _present.Rows(_boot);
        while (rows.Read())
            _there[(uint)rows.GetInt64(1)] = new(
                rows.GetInt64(0), rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4), rows.GetInt64(5) != 0,
                rows.IsDBNull(6) ? null : rows.GetString(6));
    }

    /// <summary>The row of the instance that has a kernel id now; null when none is known.</summary>
    public long? InstanceOf(uint kernelId) => _there.TryGetValue(kernelId, out Instance there) ? there.Row : null;

    /// <summary>Stores what an event says of a program.</summary>
    /// <returns>The row of the program; null when the event is of none, or says too little of it.</returns>
    public long? Store(EventRow e)
    {
        if (e.Program is not { } program) return null;
        if (e.Command != "prog_load" || e.Sha256 is null)
            return program.Id is { } known && _there.TryGetValue(known, out Instance there) ? there.Program : null;
        long row = _findHash.Number(e.Sha256)
            ?? _addProgram.Number(e.Sha256, program.Tag, program.Type, program.Name, (long?)e.InstructionCount, e.TimeNs)!.Value;
        _loaded.Run(row, e.TimeNs, e.Failed ? 0L : 1L, e.Failed ? 1L : 0L, program.Tag, program.Name);
        if (!e.Failed && program.Id is { } id) Add(id, row, e, program.MapIds);
        return row;
    }

    /// <summary>Stores which programs are there. What was there before and is not any more is gone.</summary>
    /// <returns>Those that no event was seen of and no look has found before.</returns>
    public IReadOnlyList<ProgramEntry> Store(IReadOnlyList<ProgramEntry> programs, Func<uint, long?> memlock, long now)
    {
        var found = new List<ProgramEntry>();
        var there = new HashSet<uint>(programs.Count);
        foreach (ProgramEntry entry in programs)
        {
            uint id = entry.Info.Id;
            there.Add(id);
            long loaded = (entry.LoadedAt ?? 0) * NanosecondsPerSecond;
            string tag = entry.Info.Tag;

            // A clock that was set moves the times of all loads: ids are given again after two thousand million others only.
            if (!_there.TryGetValue(id, out Instance known) || (!IsSameLoad(known.Loaded, loaded) && known.Tag != tag))
            {
                string type = entry.Info.Type.Name();
                long row = _findTag.Number(tag, type, entry.Name)
                    ?? _addProgram.Number(SqlValue.Null, tag, type, entry.Name, SqlValue.Null, now)!.Value;
                Leave(id, now);
                long instance = _addInstance.Number(
                    _boot, (long)id, row, loaded, 0L, (long)entry.Info.CreatedByUid, SqlValue.Null, SqlValue.Null, SqlValue.Null,
                    SqlValue.Null, SqlValue.Null, now, Maps(entry.MapIds), entry.Name)!.Value;
                known = _there[id] = new(instance, row, loaded, now, IsWatched: false, tag);
                found.Add(entry);
            }

            _there[id] = known with { LastSeen = now };
            _seen.Run(known.Program, now);
            _sized.Run(known.Row, now, memlock(id), (long)entry.Info.RunCount, (long)entry.Info.RunTimeNs);
        }

        // One that was loaded after the ids were walked is not gone.
        foreach (uint id in _there.Where(one => !there.Contains(one.Key) && one.Value.LastSeen < now).Select(one => one.Key).ToArray())
            Leave(id, now);
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Statement one in (ReadOnlySpan<Statement>)
        [
            _findHash, _findTag, _addProgram, _seen, _loaded, _addInstance, _watched, _orphan, _gone, _present, _sized,
        ])
            one.Dispose();
    }

    private static bool IsSameLoad(long known, long loaded) =>
        loaded == 0 || Math.Abs(known - loaded) <= SameLoadSeconds * NanosecondsPerSecond;

    private static string? Maps(IReadOnlyList<uint>? ids) =>
        ids is { Count: > 0 } ? string.Join(',', ids.Select(id => id.ToString(CultureInfo.InvariantCulture))) : null;

    private void Add(uint id, long program, EventRow e, IReadOnlyList<uint>? maps)
    {
        // A look at the machine may have found it before its event came.
        if (_there.TryGetValue(id, out Instance found) && !found.IsWatched && IsSameLoad(found.Loaded, e.TimeNs))
        {
            _watched.Run(
                found.Row, program, e.TimeNs, (long?)e.Process.Uid, (long)e.Process.Pid, e.Process.Comm, e.Process.Exe, e.Process.Unit,
                e.Process.Container, e.Program!.Name);
            _orphan.Run(found.Program);
            _there[id] = found with
            {
                Program = program,
                Loaded = e.TimeNs,
                LastSeen = Math.Max(found.LastSeen, e.TakenNs),
                IsWatched = true,
            };
            return;
        }

        Leave(id, e.TimeNs);
        long row = _addInstance.Number(
            _boot, (long)id, program, e.TimeNs, 1L, (long?)e.Process.Uid, (long)e.Process.Pid, e.Process.Comm, e.Process.Exe,
                e.Process.Unit,
            e.Process.Container, e.TimeNs, Maps(maps), e.Program!.Name)!.Value;
        _there[id] = new(row, program, e.TimeNs, e.TakenNs, IsWatched: true, e.Program!.Tag);
    }

    private void Leave(uint id, long now)
    {
        if (!_there.Remove(id, out Instance known)) return;
        _gone.Run(known.Row, now, known.LastSeen);
        _seen.Run(known.Program, known.LastSeen);
    }

    private readonly record struct Instance(long Row, long Program, long Loaded, long LastSeen, bool IsWatched, string? Tag);
}
