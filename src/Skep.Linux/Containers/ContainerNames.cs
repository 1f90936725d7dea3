namespace Skep.Linux.Containers;

/// <summary>What a runtime's files call a container.</summary>
/// <param name="Name">Its name; of a container of a pod, its name within the pod.</param>
/// <param name="Pod">The name of its pod; null when it is in none.</param>
/// <param name="PodNamespace">The Kubernetes namespace of the pod.</param>
public sealed record ContainerNames(string? Name, string? Pod = null, string? PodNamespace = null);
