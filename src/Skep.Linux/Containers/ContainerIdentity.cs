namespace Skep.Linux.Containers;

/// <summary>
/// A container of a process, and how far it is certain: whoever may make cgroups may give them the names that a runtime gives those of its
/// containers.
/// </summary>
/// <param name="Id">The id or name, from the path of the cgroup.</param>
/// <param name="Names">What the runtime's files call it; null when they are not there, or <see cref="Doubt"/> is not null.</param>
/// <param name="Doubt">Why the id may be of another container, or of none; null when only root can have given it.</param>
/// <param name="Outer">The container that this one is in; null when it is in none.</param>
public sealed record ContainerIdentity(string Id, ContainerNames? Names, string? Doubt, ContainerIdentity? Outer)
{
    private const int ShortId = 12;

    /// <summary>The container whose cgroup was made outside of any container: this one, or the one that it is in.</summary>
    public ContainerIdentity OnHost => Outer ?? this;

    /// <summary>In a few words: <c>web</c>, <c>default/shop-7d4b/nginx</c>, the first twelve digits of an id without names.</summary>
    public string Words => Names switch
    {
        { Pod: { } pod, PodNamespace: { } space, Name: { } name } => $"{space}/{pod}/{name}",
        { Pod: { } pod, PodNamespace: { } space } => $"{space}/{pod}",
        { Pod: { } pod, Name: { } name } => $"{pod}/{name}",
        { Name: { } name } => name,
        _ => ContainerPath.IsId(Id) ? Id[..ShortId] : Id,
    };
}
