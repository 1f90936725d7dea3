using System.Text.Json;

namespace Skep.Agent.Export.Delivery;

/// <summary>
/// What became of the records of an exporter: captured = exported + pending + dropped, whenever it is read.
/// </summary>
/// <param name="Captured">Records that it was given, and those that it found in its spool when it began.</param>
/// <param name="Recovered">Of them, those that it found in its spool.</param>
/// <param name="Exported">Records that the receiver has taken.</param>
/// <param name="Waiting">Records that wait in memory.</param>
/// <param name="Spooled">Records that wait in the spool.</param>
/// <param name="Dropped">Records that were dropped, by <see cref="DropCause"/>.</param>
/// <param name="Errors">Attempts that failed.</param>
/// <param name="SpoolBytes">Bytes of the spool.</param>
/// <param name="LastError">What failed last; null when nothing has.</param>
internal sealed record ExportCounters(
    long Captured, long Recovered, long Exported, long Waiting, long Spooled, IReadOnlyList<long> Dropped, long Errors, long SpoolBytes,
    string? LastError)
{
    /// <summary>Records that wait.</summary>
    public long Pending => Waiting + Spooled;

    /// <summary>Writes them, into an object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteNumber("captured", Captured);
        json.WriteNumber("recovered", Recovered);
        json.WriteNumber("exported", Exported);
        json.WriteNumber("pending", Pending);
        json.WriteStartObject("dropped");
        for (int i = 0; i < Dropped.Count; i++) json.WriteNumber(DropCauses.Names[i], Dropped[i]);
        json.WriteEndObject();
        json.WriteNumber("errors", Errors);
        json.WriteNumber("spooled", Spooled);
        json.WriteNumber("spool_bytes", SpoolBytes);
        if (LastError is { } error) json.WriteString("last_error", error);
    }
}

/// <summary>Why a record was dropped.</summary>
internal enum DropCause
{
    /// <summary>Too many waited in memory.</summary>
    Queue,

    /// <summary>Too many waited in memory, because the spool has no room: its bound is reached, or the disk is full.</summary>
    Spool,

    /// <summary>The receiver said that it will never take the request.</summary>
    Refused,

    /// <summary>The receiver took the request, and said that it rejects some records of it.</summary>
    Rejected,

    /// <summary>The spool could not be read.</summary>
    Damaged,
}

/// <summary>The words for causes.</summary>
internal static class DropCauses
{
    /// <summary>By the number of the cause.</summary>
    public static IReadOnlyList<string> Names { get; } = ["queue", "spool", "refused", "rejected", "damaged"];
}
