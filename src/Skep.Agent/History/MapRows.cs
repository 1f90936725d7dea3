using Microsoft.Data.Sqlite;
using Skep.Bpf;
using Skep.Inventory.Objects;

namespace Skep.Agent.History;

/// <summary>The maps that there were.</summary>
internal sealed class MapRows : IDisposable
{
    private readonly string _boot;
    private readonly Statement _add, _watched, _gone, _present, _sized;
    private readonly Dictionary<uint, Known> _there = [];

    public MapRows(SqliteConnection database, string boot)
    {
        _boot = boot;
        _add = new(
            database,
            "INSERT INTO maps(boot, kernel_id, type, name, bytes_key, bytes_value, max_entries, memlock, uid, pid, comm, unit, first_seen, "
            + "last_seen) VALUES($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) RETURNING id", 13);
        _watched = new(database, "UPDATE maps SET uid = $1, pid = $2, comm = $3, unit = $4, first_seen = min(first_seen, $5) "
            + "WHERE id = $0", 6);
        _gone = new(database, "UPDATE maps SET gone = $1, last_seen = max(last_seen, $2) WHERE id = $0", 3);
        _present = new(
            database, "SELECT id, kernel_id, type, name, max_entries, last_seen, pid FROM maps WHERE boot = $0 AND gone IS NULL", 1);
        _sized = new(database, "UPDATE maps SET last_seen = $1, memlock = $2 WHERE id = $0", 3);
        ReadPresent();
    }

    /// <summary>Reads which maps are there, from the database.</summary>
    public void ReadPresent()
    {
        _there.Clear();
        using SqliteDataReader rows = _present.Rows(_boot);
        while (rows.Read())
        {
            _there[(uint)rows.GetInt64(1)] = new(
                rows.GetInt64(0), rows.GetString(2), rows.GetString(3), rows.GetInt64(4), rows.GetInt64(5), !rows.IsDBNull(6));
        }
    }

    /// <summary>Stores a map that an event created.</summary>
    public void Store(EventRow e)
    {
        if (e.Command != "map_create" || e.Failed || e.Map is not { Id: { } id } map) return;
        string type = map.Type ?? "", name = map.Name ?? "";

        // A look at the machine may have found it before its event came.
        if (_there.TryGetValue(id, out Known found) && !found.IsWatched
            && (found.Type, found.Name, found.Entries) == (type, name, map.MaxEntries ?? 0))
        {
            _watched.Run(found.Row, (long?)e.Process.Uid, (long)e.Process.Pid, e.Process.Comm, e.Process.Unit, e.TimeNs);
            _there[id] = found with { LastSeen = Math.Max(found.LastSeen, e.TakenNs), IsWatched = true };
            return;
        }

        Leave(id, e.TimeNs);
        long row = _add.Number(
            _boot, (long)id, type, name, (long)(map.KeySize ?? 0), (long)(map.ValueSize ?? 0), (long)(map.MaxEntries ?? 0), SqlValue.Null,
            (long?)e.Process.Uid, (long)e.Process.Pid, e.Process.Comm, e.Process.Unit, e.TimeNs)!.Value;
        _there[id] = new(row, type, name, map.MaxEntries ?? 0, e.TakenNs, IsWatched: true);
    }

    /// <summary>Stores which maps are there.</summary>
    public void Store(IReadOnlyList<MapEntry> maps, long now)
    {
        var there = new HashSet<uint>(maps.Count);
        foreach (MapEntry entry in maps)
        {
            BpfMapInfo info = entry.Info;
            there.Add(info.Id);
            string type = info.Type.Name();
            if (!_there.TryGetValue(info.Id, out Known known)
                || (known.Type, known.Name, known.Entries) != (type, info.Name, info.MaxEntries))
            {
                Leave(info.Id, now);
                long row = _add.Number(
                    _boot, (long)info.Id, type, info.Name, (long)info.KeySize, (long)info.ValueSize, (long)info.MaxEntries,
                        entry.Memlock, SqlValue.Null,
                    SqlValue.Null, SqlValue.Null, SqlValue.Null, now)!.Value;
                known = new(row, type, info.Name, info.MaxEntries, now, IsWatched: false);
            }

            _there[info.Id] = known with { LastSeen = now };
            _sized.Run(known.Row, now, entry.Memlock);
        }

        foreach (uint id in _there.Where(one => !there.Contains(one.Key) && one.Value.LastSeen < now).Select(one => one.Key).ToArray())
            Leave(id, now);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Statement one in (ReadOnlySpan<Statement>)[_add, _watched, _gone, _present, _sized]) one.Dispose();
    }

    private void Leave(uint id, long now)
    {
        if (_there.Remove(id, out Known known)) _gone.Run(known.Row, now, known.LastSeen);
    }

    private readonly record struct Known(long Row, string Type, string Name, long Entries, long LastSeen, bool IsWatched);
}
