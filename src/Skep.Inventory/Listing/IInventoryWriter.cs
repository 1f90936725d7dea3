using System.Text.Json;

namespace Skep.Inventory.Listing;

/// <summary>Writes one kind of object, one at a time.</summary>
/// <typeparam name="T">What was read of it.</typeparam>
public interface IInventoryWriter<in T>
{
    /// <summary>Writes an object of JSON.</summary>
    void WriteJson(Utf8JsonWriter json, T entry);

    /// <summary>Writes lines of text; names are made safe for a terminal.</summary>
    void WriteText(TextWriter output, T entry);
}
