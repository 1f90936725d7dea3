namespace Skep.Agent.Export.Delivery;

/// <summary>What is exported, as it waits: the JSON of an event, or the encoded points of a reading of all metrics.</summary>
/// <param name="Data">Its bytes.</param>
/// <param name="Records">How many records it counts for.</param>
internal readonly record struct ExportItem(byte[] Data, int Records);
