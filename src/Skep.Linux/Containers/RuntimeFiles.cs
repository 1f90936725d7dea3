using System.Text.Json;

namespace Skep.Linux.Containers;

/// <summary>The files in which runtimes keep what their containers are called. No daemon is asked.</summary>
/// <param name="files">The host's files.</param>
internal sealed class RuntimeFiles(HostFiles files)
{
    private const int MostBytes = 16 << 20;

    private static readonly string[] Bundles =
    [
        "/run/containerd/io.containerd.runtime.v2.task/k8s.io",
        "/run/containerd/io.containerd.runtime.v2.task/default",
        "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io",
        "/var/snap/microk8s/common/run/containerd/io.containerd.runtime.v2.task/k8s.io",
    ];

    // CRI-O and Podman share a library for storage: by their run root and graph root.
    private static readonly string[] Storages = ["/run/containers/storage", "/var/lib/containers/storage"];

    /// <summary>What a container is called; null when no file has it.</summary>
    /// <param name="id">Its 64 digits.</param>
    public ContainerNames? Find(string id)
    {
        if (OfDocker(id) is { } docker) return docker;
        foreach (string bundle in Bundles)
            if (OfBundle($"{bundle}/{id}/config.json") is { } names) return names;
        foreach (string storage in Storages)
            if (OfBundle($"{storage}/overlay-containers/{id}/userdata/config.json") is { Pod: not null } names) return names;
        return OfStorage(id);
    }

    private ContainerNames? OfDocker(string id)
    {
        string root = Parsed("/etc/docker/daemon.json", json => Text(json, "data-root")) ?? "/var/lib/docker";
        return Parsed($"{root}/containers/{id}/config.v2.json", json =>
        {
            if (Text(json, "ID") != id) return null;
            string? name = Text(json, "Name")?.TrimStart('/');
            JsonElement? labels = Child(Child(json, "Config"), "Labels");
            return Text(labels, "io.kubernetes.pod.name") is { } pod
                ? new ContainerNames(Text(labels, "io.kubernetes.container.name") ?? name, pod, Text(labels, "io.kubernetes.pod.namespace"))
                : Named(name);
        });
    }

    // config.json of an OCI bundle: containerd's annotations, CRI-O's, nerdctl's.
    private ContainerNames? OfBundle(string path) => Parsed(path, json =>
    {
        JsonElement? notes = Child(json, "annotations");
        if (Text(notes, "io.kubernetes.cri.sandbox-name") is { } sandbox)
            return new ContainerNames(
                Text(notes, "io.kubernetes.cri.container-name"), sandbox, Text(notes, "io.kubernetes.cri.sandbox-namespace"));
        if (Text(notes, "io.kubernetes.pod.name") is { } pod)
            return new ContainerNames(Text(notes, "io.kubernetes.container.name"), pod, Text(notes, "io.kubernetes.pod.namespace"));
        return Named(Text(notes, "nerdctl/name"));
    });

    private ContainerNames? OfStorage(string id) => Parsed("/var/lib/containers/storage/overlay-containers/containers.json", json =>
    {
        if (json.ValueKind != JsonValueKind.Array) return null;
        foreach (JsonElement container in json.EnumerateArray())
        {
            if (Text(container, "id") != id) continue;
            return Child(container, "names") is { ValueKind: JsonValueKind.Array } names && names.GetArrayLength() > 0
                && names[0] is { ValueKind: JsonValueKind.String } name ? Named(name.GetString()) : null;
        }

        return null;
    });

    private static ContainerNames? Named(string? name) => string.IsNullOrEmpty(name) ? null : new ContainerNames(name);

    private T? Parsed<T>(string path, Func<JsonElement, T?> read) where T : class
    {
        if (files.Read(path, MostBytes) is not { } bytes) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes);
            return read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half written, or of another shape; a string of bytes that are no text.
            return null;
        }
    }

    private static JsonElement? Child(JsonElement? parent, string key) =>
        parent is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(key, out JsonElement child) ? child : null;

    private static string? Text(JsonElement? parent, string key) =>
        Child(parent, key) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : null;
}
