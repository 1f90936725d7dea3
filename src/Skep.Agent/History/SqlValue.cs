using SQLitePCL;

namespace Skep.Agent.History;

/// <summary>A value of a <see cref="Statement"/>: a number, text, bytes or null.</summary>
internal readonly struct SqlValue
{
    private readonly object? _object;
    private readonly long _number;
    private readonly bool _isNumber;

    private SqlValue(object? value) => _object = value;

    private SqlValue(long number) => (_number, _isNumber) = (number, true);

    /// <summary>No value.</summary>
    public static SqlValue Null => default;

    public static implicit operator SqlValue(long number) => new(number);

    public static implicit operator SqlValue(long? number) => number is { } value ? new(value) : default;

    public static implicit operator SqlValue(string? text) => new(text);

    public static implicit operator SqlValue(byte[]? bytes) => new(bytes);

    /// <summary>As ADO.NET has it.</summary>
    public object ToObject() => _isNumber ? _number : _object ?? DBNull.Value;

    /// <summary>Gives it to a statement of SQLite.</summary>
    /// <returns>The result code.</returns>
    public int BindTo(sqlite3_stmt statement, int place) => this switch
    {
        { _isNumber: true } => raw.sqlite3_bind_int64(statement, place, _number),
        { _object: string text } => raw.sqlite3_bind_text(statement, place, text),
        { _object: byte[] bytes } => raw.sqlite3_bind_blob(statement, place, bytes),
        _ => raw.sqlite3_bind_null(statement, place),
    };
}
