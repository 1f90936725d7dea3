using System.Text.Json;

namespace Skep.Agent.History;

/// <summary>
/// What became of the events of a run: captured = stored + pending + dropped, whenever it is read. Counts of the kernel that were lost on
/// their way are captured and dropped at once.
/// </summary>
/// <param name="Captured">Calls that the kernel side saw.</param>
/// <param name="Stored">Events in the database.</param>
/// <param name="Pending">Events that wait to be stored.</param>
/// <param name="LostKernel">Lost between the kernel and the agent: its ring buffer was full.</param>
/// <param name="DroppedQueue">Dropped because too many waited.</param>
/// <param name="DroppedStore">Dropped because the database did not take them: a full disk.</param>
public readonly record struct RunCounters(
    long Captured, long Stored, long Pending, long LostKernel, long DroppedQueue, long DroppedStore)
{
    /// <summary>Writes them, into an object.</summary>
    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteNumber("captured", Captured);
        json.WriteNumber("stored", Stored);
        json.WriteNumber("pending", Pending);
        json.WriteStartObject("dropped");
        json.WriteNumber("kernel", LostKernel);
        json.WriteNumber("queue", DroppedQueue);
        json.WriteNumber("store", DroppedStore);
        json.WriteEndObject();
    }
}
