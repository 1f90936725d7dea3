using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Skep.Agent.Fleet.Model;

/// <summary>What is kept of the fleet, as JSON.</summary>
public static class FleetJson
{
    /// <summary>Writes a manifest.</summary>
    public static byte[] Write(PolicyManifest manifest) =>
        JsonSerializer.SerializeToUtf8Bytes(manifest, FleetContext.Default.PolicyManifest);

    /// <summary>Writes the state of a group.</summary>
    public static byte[] Write(GroupState state) => JsonSerializer.SerializeToUtf8Bytes(state, FleetContext.Default.GroupState);

    /// <summary>Writes a report.</summary>
    public static byte[] Write(AgentReport report) => JsonSerializer.SerializeToUtf8Bytes(report, FleetContext.Default.AgentReport);

    /// <summary>Writes that an agent lives.</summary>
    public static byte[] Write(AgentAlive alive) => JsonSerializer.SerializeToUtf8Bytes(alive, FleetContext.Default.AgentAlive);

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static PolicyManifest ReadManifest(string name, ReadOnlySpan<byte> bytes)
    {
        PolicyManifest manifest = Read(name, bytes, FleetContext.Default.PolicyManifest);
        return IsWhole(manifest) ? manifest : throw NotWhole(name);
    }

    /// <summary>Reads the state of a group.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static GroupState ReadGroup(string name, ReadOnlySpan<byte> bytes)
    {
        GroupState state = Read(name, bytes, FleetContext.Default.GroupState);
        return IsWhole(state) ? state : throw NotWhole(name);
    }

    /// <summary>Reads a report.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static AgentReport ReadReport(string name, ReadOnlySpan<byte> bytes)
    {
        AgentReport report = Read(name, bytes, FleetContext.Default.AgentReport);
        bool isWhole = report is { Id: not null, Groups: not null, Policies: not null, Errors: not null }
            && report.Groups.All(one => one is { Group: not null })
            && report.Policies.All(one => one is { Name: not null, Sha256: not null, State: not null })
            && report.Errors.All(one => one is not null);
        return isWhole ? report : throw NotWhole(name);
    }

    /// <summary>Reads that an agent lives.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static AgentAlive ReadAlive(string name, ReadOnlySpan<byte> bytes)
    {
        AgentAlive alive = Read(name, bytes, FleetContext.Default.AgentAlive);
        return alive is { Id: not null, Groups: not null } && alive.Groups.All(one => one is not null) ? alive : throw NotWhole(name);
    }

    internal static bool IsWhole(PolicyManifest manifest) =>
        manifest is { Name: not null, Files: not null } && manifest.Files.All(file => file is
        {
            Path: not null, Kind: not null, Sha256: not null, Chunks: not null, Deltas: not null, Size: >= 0,
        });

    internal static bool IsWhole(GroupState state) =>
        state is { Group: not null, Policies: not null } && state.Policies.All(one =>
            one is { Name: not null, Sha256: not null } && FleetNames.IsName(one.Name)
            && one.Wave is null or { Id: not null, Sha256: not null, Agents: not null });

    internal static T Read<T>(string name, ReadOnlySpan<byte> bytes, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type) ?? throw NotWhole(name);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"reading {name}: {e.Message}", e);
        }
    }

    internal static InvalidDataException NotWhole(string name) => new($"reading {name}: keys are missing, or have no value");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PolicyManifest))]
[JsonSerializable(typeof(GroupState))]
[JsonSerializable(typeof(AgentReport))]
[JsonSerializable(typeof(AgentAlive))]
internal sealed partial class FleetContext : JsonSerializerContext;
