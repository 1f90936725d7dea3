using System.Text.Json.Serialization;

namespace Skep.Linux.Containers;

/// <summary>Docker's <c>daemon.json</c>.</summary>
/// <param name="DataRoot">Where its containers are kept.</param>
internal sealed record DockerDaemon([property: JsonPropertyName("data-root")] string? DataRoot);

/// <summary>Docker's <c>config.v2.json</c> of a container.</summary>
internal sealed record DockerContainer([property: JsonPropertyName("ID")] string? Id, string? Name, DockerConfig? Config);

/// <summary>What a container was made with.</summary>
internal sealed record DockerConfig(Dictionary<string, string?>? Labels);

/// <summary><c>config.json</c> of an OCI bundle.</summary>
internal sealed record Bundle([property: JsonPropertyName("annotations")] Dictionary<string, string?>? Annotations);

/// <summary>A container in <c>containers.json</c> of the library that CRI-O and Podman store them by.</summary>
internal sealed record StoredContainer(
    [property: JsonPropertyName("id")] string? Id, [property: JsonPropertyName("names")] string?[]? Names);

/// <summary>Reads the files of container runtimes.</summary>
[JsonSerializable(typeof(DockerDaemon))]
[JsonSerializable(typeof(DockerContainer))]
[JsonSerializable(typeof(Bundle))]
[JsonSerializable(typeof(StoredContainer[]))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
