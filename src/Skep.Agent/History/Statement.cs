using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Skep.Agent.History;

/// <summary>A statement that is prepared once and run often. Its parameters are <c>$0</c>, <c>$1</c>, ...</summary>
internal sealed class Statement : IDisposable
{
    private readonly SqliteConnection _database;
    private readonly string _sql;
    private readonly int[] _places;
    private sqlite3_stmt? _prepared;
    private SqliteCommand? _command;

    public Statement(SqliteConnection database, string sql, int parameters)
    {
        (_database, _sql) = (database, sql);
        _places = new int[parameters];
    }

    /// <summary>Runs it.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Run(params ReadOnlySpan<SqlValue> values)
    {
        sqlite3_stmt prepared = Bind(values);
        try
        {
            while (Step(prepared))
            {
            }

            return raw.sqlite3_changes(_database.Handle);
        }
        finally
        {
            raw.sqlite3_reset(prepared);
        }
    }

    /// <summary>Runs it, and gives the first column of the first row.</summary>
    /// <returns>Null when there is no row, or the value is null.</returns>
    public long? Number(params ReadOnlySpan<SqlValue> values)
    {
        sqlite3_stmt prepared = Bind(values);
        try
        {
            return Step(prepared) && raw.sqlite3_column_type(prepared, 0) == raw.SQLITE_INTEGER
                ? raw.sqlite3_column_int64(prepared, 0) : null;
        }
        finally
        {
            raw.sqlite3_reset(prepared);
        }
    }

    /// <summary>Runs it, and gives its rows.</summary>
    public SqliteDataReader Rows(params ReadOnlySpan<SqlValue> values)
    {
        if (_command is null)
        {
            _command = _database.CreateCommand();
            _command.CommandText = _sql;
            for (int i = 0; i < _places.Length; i++) _command.Parameters.Add(new SqliteParameter($"${i}", DBNull.Value));
        }

        for (int i = 0; i < _places.Length; i++) _command.Parameters[i].Value = values[i].ToObject();
        return _command.ExecuteReader();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prepared?.Dispose();
        _command?.Dispose();
    }

    private sqlite3_stmt Bind(ReadOnlySpan<SqlValue> values)
    {
        sqlite3_stmt prepared = _prepared ??= Prepare();
        for (int i = 0; i < _places.Length; i++)
            if (_places[i] > 0) Check(values[i].BindTo(prepared, _places[i]));
        return prepared;
    }

    private sqlite3_stmt Prepare()
    {
        Check(raw.sqlite3_prepare_v2(_database.Handle, _sql, out sqlite3_stmt prepared));
        // SQLite numbers them as they come in the text.
        for (int i = 0; i < _places.Length; i++) _places[i] = raw.sqlite3_bind_parameter_index(prepared, $"${i}");
        return prepared;
    }

    private bool Step(sqlite3_stmt prepared)
    {
        int code = raw.sqlite3_step(prepared);
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) Check(code);
        return code == raw.SQLITE_ROW;
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, _database.Handle);
    }
}
