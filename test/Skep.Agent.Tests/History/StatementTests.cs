using Microsoft.Data.Sqlite;
using Skep.Agent.History;
using Skep.Agent.Tests.Support;

namespace Skep.Agent.Tests.History;

public sealed class StatementTests : IDisposable
{
    private readonly Store _store = new();
    private readonly HistoryWriter _writer;
    private readonly SqliteConnection _database;

    public StatementTests()
    {
        _writer = _store.Open();
        _database = _writer.Connection;
        HistoryDatabase.Run(_database, "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b UNIQUE)");
    }

    public void Dispose()
    {
        _writer.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void Values_are_stored_as_they_are()
    {
        using var add = new Statement(_database, "INSERT INTO t(a, b) VALUES($1, $0)", 2);
        SqlValue[] values =
        [
            long.MinValue, "", "t\u00e9x", Array.Empty<byte>(), new byte[] { 0, 255 }, SqlValue.Null, (long?)null, (long?)7,
        ];
        for (int i = 0; i < values.Length; i++) Assert.Equal(1, add.Run((long)i, values[i]));
        using var read = new Statement(_database, "SELECT a, typeof(a) FROM t WHERE b >= $0 ORDER BY b", 1);
        using SqliteDataReader rows = read.Rows(0L);
        foreach ((object value, string type) in (ReadOnlySpan<(object, string)>)
        [
            (long.MinValue, "integer"), ("", "text"), ("t\u00e9x", "text"), (Array.Empty<byte>(), "blob"),
            (new byte[] { 0, 255 }, "blob"), (DBNull.Value, "null"), (DBNull.Value, "null"), (7L, "integer"),
        ])
        {
            Assert.True(rows.Read());
            Assert.Equal(type, rows.GetString(1));
            Assert.Equal(value, rows.GetValue(0));
        }
    }

    [Fact]
    public void It_gives_numbers_and_how_many_rows_it_changed()
    {
        using var add = new Statement(_database, "INSERT INTO t(a) VALUES($0) RETURNING id", 1);
        Assert.Equal([1L, 2L, 3L], [add.Number("x"), add.Number("x"), add.Number(SqlValue.Null)]);
        using var change = new Statement(_database, "UPDATE t SET a = $1 WHERE a = $0", 2);
        Assert.Equal(2, change.Run("x", "y"));
        Assert.Equal(0, change.Run("x", "y"));
        using var find = new Statement(_database, "SELECT a FROM t WHERE id = $0", 1);
        Assert.Null(find.Number(99L));
        Assert.Null(find.Number(3L));
        Assert.Null(find.Number(1L));
    }

    [Fact]
    public void What_is_refused_is_reported_and_the_next_run_is_another()
    {
        using var add = new Statement(_database, "INSERT INTO t(b) VALUES($0)", 1);
        add.Run(5L);
        const int constraint = 19;
        Assert.Equal(constraint, Assert.Throws<SqliteException>(() => add.Run(5L)).SqliteErrorCode);
        Assert.Equal(1, add.Run(6L));
        using var wrong = new Statement(_database, "INSERT INTO nowhere VALUES($0)", 1);
        Assert.Contains("nowhere", Assert.Throws<SqliteException>(() => wrong.Run(1L)).Message, StringComparison.Ordinal);
    }
}
