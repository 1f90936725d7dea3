using Microsoft.Data.Sqlite;

namespace Skep.Agent.Query;

/// <summary>What history knows of a program that is loaded.</summary>
/// <param name="Sha256">SHA-256 of its code; null when its load was not watched.</param>
/// <param name="Comm">The name of the thread that loaded it; null when that is not known.</param>
/// <param name="Unit">Its unit of systemd.</param>
internal sealed record KnownProgram(string? Sha256, string? Comm, string? Unit);

public sealed partial class HistoryReader
{
    /// <summary>What is known of the programs that are there, by the kernel's id.</summary>
    /// <param name="boot">The kernel's id of the boot.</param>
    internal IReadOnlyDictionary<uint, KnownProgram> Present(string boot)
    {
        using var query = new QueryText(_database);
        string sql = "SELECT i.kernel_id, p.sha256, i.comm, i.unit FROM instances i JOIN programs p ON p.id = i.program "
            + $"WHERE i.gone IS NULL AND i.boot = {query.Add(boot)}";
        var known = new Dictionary<uint, KnownProgram>();
        foreach (SqliteDataReader row in query.Run(sql)) known[(uint)row.GetInt64(0)] = new(Text(row, 1), Text(row, 2), Text(row, 3));
        return known;
    }

    /// <summary>What a program ran, all its instances together, oldest first; null when there is none of this SHA-256.</summary>
    internal IReadOnlyList<HistoryUsage>? Usage(string sha256, HistoryFilter filter)
    {
        using var query = new QueryText(_database);
        long[] rows = [.. query.Run(
            $"SELECT i.id FROM instances i JOIN programs p ON p.id = i.program WHERE p.sha256 = {query.Add(sha256)}")
            .Select(row => row.GetInt64(0))];
        return rows.Length == 0 && Find(sha256).Count == 0 ? null : Usage(rows, filter);
    }

    /// <summary>What a loaded program ran; null when none of this id is known.</summary>
    internal IReadOnlyList<HistoryUsage>? Usage(string boot, uint kernelId, HistoryFilter filter)
    {
        using var query = new QueryText(_database);
        long[] rows = [.. query.Run(
            $"SELECT id FROM instances WHERE boot = {query.Add(boot)} AND kernel_id = {query.Add((long)kernelId)} AND gone IS NULL")
            .Select(row => row.GetInt64(0))];
        return rows.Length == 0 ? null : Usage(rows, filter);
    }

    private List<HistoryUsage> Usage(long[] instances, HistoryFilter filter)
    {
        using var query = new QueryText(_database);
        query.Where($"instance IN ({string.Join(',', instances)})");
        query.Range("time", filter);
        string limit = filter.Last is { } last ? $" DESC LIMIT {query.Add(last)}" : "";
        var samples = new List<HistoryUsage>();
        foreach (SqliteDataReader row in query.Run(
            $"SELECT time, max(period_ns), sum(runs), sum(ns) FROM usage {query.Conditions} GROUP BY time ORDER BY time{limit}"))
            samples.Add(new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)));
        if (filter.Last is not null) samples.Reverse();
        return samples;
    }
}
