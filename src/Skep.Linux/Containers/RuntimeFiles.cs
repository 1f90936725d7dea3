using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

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
        string root = Read("/etc/docker/daemon.json", RuntimeJson.Default.DockerDaemon)?.DataRoot is { Length: > 0 } set
            ? set : "/var/lib/docker";
        if (Read($"{root}/containers/{id}/config.v2.json", RuntimeJson.Default.DockerContainer) is not { } container
            || container.Id != id) return null;
        string? name = container.Name?.TrimStart('/');
        Dictionary<string, string?>? labels = container.Config?.Labels;
        return Text(labels, "io.kubernetes.pod.name") is { } pod
            ? new ContainerNames(Text(labels, "io.kubernetes.container.name") ?? name, pod, Text(labels, "io.kubernetes.pod.namespace"))
            : Named(name);
    }

    // config.json of an OCI bundle: containerd's annotations, CRI-O's, nerdctl's.
    private ContainerNames? OfBundle(string path)
    {
        Dictionary<string, string?>? notes = Read(path, RuntimeJson.Default.Bundle)?.Annotations;
        if (Text(notes, "io.kubernetes.cri.sandbox-name") is { } sandbox)
            return new ContainerNames(
                Text(notes, "io.kubernetes.cri.container-name"), sandbox, Text(notes, "io.kubernetes.cri.sandbox-namespace"));
        if (Text(notes, "io.kubernetes.pod.name") is { } pod)
            return new ContainerNames(Text(notes, "io.kubernetes.container.name"), pod, Text(notes, "io.kubernetes.pod.namespace"));
        return Named(Text(notes, "nerdctl/name"));
    }

    private ContainerNames? OfStorage(string id) => Named(
        Read("/var/lib/containers/storage/overlay-containers/containers.json", RuntimeJson.Default.StoredContainerArray)?
            .FirstOrDefault(c => c.Id == id)?.Names?.FirstOrDefault());

    private static ContainerNames? Named(string? name) => string.IsNullOrEmpty(name) ? null : new ContainerNames(name);

    private T? Read<T>(string path, JsonTypeInfo<T> type) where T : class
    {
        if (files.Read(path, MostBytes) is not { } bytes) return null;
        try
        {
            return JsonSerializer.Deserialize(bytes, type);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half written, or of another shape; a string of bytes that are no text.
            return null;
        }
    }

    private static string? Text(Dictionary<string, string?>? of, string key) =>
        of is not null && of.TryGetValue(key, out string? value) && value is { Length: > 0 } ? value : null;
}
