using System.Text.Json;
using System.Text.Json.Serialization;
using Skep.Linux.Files;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Code;

/// <summary>What the event that the program store keeps beside a program says of it (Output/JsonEventWriter).</summary>
public sealed record SavedEvent(SavedProgram? Prog)
{
    /// <summary>Reads the file beside a program.</summary>
    /// <param name="path">A file of JSON.</param>
    /// <returns>Null when there is none, or it is no such event.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SavedProgram? Read(string path)
    {
        if (!KernelFile.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize(InputFile.ReadBytes(path, InputLimit.SavedEvent), SavedEventContext.Default.SavedEvent)?.Prog;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A program as its event tells it.</summary>
public sealed record SavedProgram(
    uint? Id, string? Name, string? Type, string? Sha256, string? ExpectedAttachType, string? AttachFunc, bool? GplCompatible);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SavedEvent))]
internal sealed partial class SavedEventContext : JsonSerializerContext;
