using System.Text.Json;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Writes objects of one kind; of those that could not be read, the reason.</summary>
public static class ListedWriter
{
    public static void WriteText<T>(TextWriter output, IReadOnlyList<Listed<T>> items, IInventoryWriter<T> writer) where T : class
    {
        foreach (Listed<T> item in items)
        {
            if (item.Entry is { } entry) writer.WriteText(output, entry);
            else output.Write($"{item.Id}: could not be read: {SafeText.Escape(item.Reason ?? "")}\n");
        }
    }

    /// <param name="isSingle">Whether an object is written instead of an array, as bpftool does for one that is named.</param>
    public static void WriteJson<T>(
        Utf8JsonWriter json, IReadOnlyList<Listed<T>> items, IInventoryWriter<T> writer, bool isSingle) where T : class
    {
        if (!isSingle) json.WriteStartArray();
        foreach (Listed<T> item in items)
        {
            if (item.Entry is { } entry) writer.WriteJson(json, entry);
            else WriteUnread(json, item.Id, item.Reason);
            StreamOutput.FlushWhenFull(json);
        }

        if (!isSingle) json.WriteEndArray();
    }

    /// <summary>Writes that an object could not be read, and why.</summary>
    public static void WriteUnread(Utf8JsonWriter json, uint id, string? reason)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("error", reason);
        json.WriteEndObject();
    }
}
