using Microsoft.Data.Sqlite;

namespace Skep.Agent.History;

/// <summary>A statement that is prepared once and run often. Its parameters are <c>$0</c>, <c>$1</c>, ...</summary>
internal sealed class Statement : IDisposable
{
    private readonly SqliteCommand _command;
    private readonly SqliteParameter[] _parameters;

    public Statement(SqliteConnection database, string sql, int parameters)
    {
        _command = database.CreateCommand();
        _command.CommandText = sql;
        _parameters = new SqliteParameter[parameters];
        for (int i = 0; i < parameters; i++)
        {
            _parameters[i] = new SqliteParameter($"${i}", DBNull.Value);
            _command.Parameters.Add(_parameters[i]);
        }
    }

    /// <summary>Runs it.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Run(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteNonQuery();
    }

    /// <summary>Runs it, and gives the first column of the first row.</summary>
    /// <returns>Null when there is no row, or the value is null.</returns>
    public long? Number(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteScalar() is long number ? number : null;
    }

    /// <summary>Runs it, and gives its rows.</summary>
    public SqliteDataReader Rows(params ReadOnlySpan<object?> values)
    {
        Bind(values);
        return _command.ExecuteReader();
    }

    /// <inheritdoc/>
    public void Dispose() => _command.Dispose();

    private void Bind(ReadOnlySpan<object?> values)
    {
        for (int i = 0; i < _parameters.Length; i++) _parameters[i].Value = values[i] ?? DBNull.Value;
    }
}
