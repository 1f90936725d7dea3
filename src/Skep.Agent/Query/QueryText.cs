using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Skep.Agent.History;

namespace Skep.Agent.Query;

/// <summary>A query whose conditions are added one by one; values are never part of its text.</summary>
internal sealed class QueryText(SqliteConnection database) : IDisposable
{
    private readonly SqliteCommand _command = database.CreateCommand();
    private readonly StringBuilder _conditions = new();

    public string Conditions => _conditions.ToString();

    public string Add(object value)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"$p{_command.Parameters.Count}");
        _command.Parameters.AddWithValue(name, value);
        return name;
    }

    public void Where(string condition) => _conditions.Append(_conditions.Length == 0 ? "WHERE " : " AND ").Append(condition);

    public void Range(string column, HistoryFilter filter)
    {
        if (filter.Since is { } since) Where($"{column} >= {Add(since)}");
        if (filter.Until is { } until) Where($"{column} < {Add(until)}");
    }

    public void Seen(string table, HistoryFilter filter)
    {
        if (filter.Since is { } since) Where($"{table}.last_seen >= {Add(since)}");
        if (filter.Until is { } until) Where($"{table}.first_seen < {Add(until)}");
    }

    public void OneOf(string column, IReadOnlyList<string> values)
    {
        if (values.Count > 0) Where($"{column} IN ({string.Join(',', values.Select(Add))})");
    }

    // Words that no event has match none.
    public bool Words(string column, IReadOnlyList<string> words)
    {
        if (words.Count == 0) return true;
        var ids = new List<long>();
        foreach (string word in words)
        {
            using var find = new Statement(database, "SELECT id FROM words WHERE text = $0", 1);
            if (find.Number(word) is { } id) ids.Add(id);
        }

        if (ids.Count > 0) Where($"{column} IN ({string.Join(',', ids)})");
        return ids.Count > 0;
    }

    public IEnumerable<SqliteDataReader> Run(string sql)
    {
        _command.CommandText = sql;
        using SqliteDataReader rows = _command.ExecuteReader();
        while (rows.Read()) yield return rows;
    }

    public void Dispose() => _command.Dispose();
}
