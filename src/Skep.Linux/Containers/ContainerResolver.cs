using System.Globalization;

namespace Skep.Linux.Containers;

/// <summary>Names containers by their cgroups. It remembers the last ones; it is used by one thread.</summary>
public sealed class ContainerResolver
{
    private const int Capacity = 1024;

    // A runtime makes the cgroup before or after it writes its files.
    private const int AgainAfterMilliseconds = 1000;

    // Where the hierarchy is that paths of cgroups are of: version 2, the same beside version 1, version 1.
    private static readonly string[] Mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids"];

    private readonly HostFiles _host;
    private readonly RuntimeFiles _files;
    private readonly Dictionary<string, (ContainerNames? Names, long LookedAt)> _names = [];
    private readonly Dictionary<string, (string? Doubt, long LookedAt)> _doubts = [];

    /// <summary>Of the host's files.</summary>
    public ContainerResolver(HostFiles host) => (_host, _files) = (host, new RuntimeFiles(host));

    /// <summary>The container of a process; null when it is in none.</summary>
    /// <param name="cgroup">The path of its cgroup, from the root of the hierarchy, as the kernel has it.</param>
    public ContainerIdentity? Of(string? cgroup)
    {
        if (cgroup is null || ContainerPath.Of(cgroup) is not { } path) return null;
        string? doubt = DoubtOf(path.OutermostAbove);
        var outermost = new ContainerIdentity(path.Outermost, doubt is null ? NamesOf(path.Outermost) : null, doubt, null);
        return path.IsNested
            ? new ContainerIdentity(path.Innermost, null, $"its cgroup was named within container {outermost.Words}", outermost)
            : outermost;
    }

    private ContainerNames? NamesOf(string id)
    {
        if (!ContainerPath.IsId(id)) return new ContainerNames(id);
        long now = Environment.TickCount64;
        if (_names.TryGetValue(id, out var known) && (known.Names is not null || now - known.LookedAt < AgainAfterMilliseconds))
            return known.Names;
        if (_names.Count >= Capacity) _names.Clear();
        return (_names[id] = (_files.Find(id), now)).Names;
    }

    // Who owns a cgroup's directory makes those in it: systemd gives a user what is below user@UID.service.
    private string? DoubtOf(string above)
    {
        for (string path = above; path.Length > 0; path = path[..path.LastIndexOf('/')])
            if (DoubtAbout(path) is { } doubt) return doubt;
        return null;
    }

    private string? DoubtAbout(string path)
    {
        long now = Environment.TickCount64;
        if (_doubts.TryGetValue(path, out var known) && now - known.LookedAt < AgainAfterMilliseconds) return known.Doubt;
        if (_doubts.Count >= Capacity) _doubts.Clear();
        return (_doubts[path] = (FindDoubt(path), now)).Doubt;
    }

    private string? FindDoubt(string path)
    {
        foreach (string mount in Mounts)
            if (_host.OwnerOf(mount + path, out bool isOurs) is { } owner) return isOurs ? null : NamedBy(owner);
        return UserOf(path[(path.LastIndexOf('/') + 1)..]) is { } user ? NamedBy(user) : "who named its cgroup is not known";
    }

    private static string NamedBy(uint user) => string.Create(CultureInfo.InvariantCulture, $"its cgroup was named by uid {user}");

    // The instance of systemd of a user, whose directory may be removed by now.
    private static uint? UserOf(string name)
    {
        const string before = "user@", after = ".service";
        if (!name.StartsWith(before, StringComparison.Ordinal) || !name.EndsWith(after, StringComparison.Ordinal)) return null;
        return uint.TryParse(name.AsSpan(before.Length..^after.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint user)
            && user != 0 ? user : null;
    }
}
