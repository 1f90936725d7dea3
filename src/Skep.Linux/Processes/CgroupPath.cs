using Skep.Linux.Containers;

namespace Skep.Linux.Processes;

/// <summary>What a cgroup's path says of who made it: systemd's unit, a container runtime's container.</summary>
public static class CgroupPath
{
    // systemd.unit(5), those that have processes.
    private static readonly string[] UnitSuffixes = [".service", ".scope", ".socket", ".mount", ".swap"];

    /// <summary>
    /// systemd's system unit, as <c>ps -o unit</c> shows it: the first component below the slices; null where there is none.
    /// </summary>
    public static string? Unit(string path)
    {
        foreach (string component in Components(path))
        {
            ReadOnlySpan<char> name = component;
            if (name.EndsWith(".slice")) continue;
            // cg_escape: a name that the kernel could take for its own gets an underscore.
            if (name.StartsWith("_")) name = name[1..];
            foreach (string suffix in UnitSuffixes)
                if (name.Length > suffix.Length && name.EndsWith(suffix)) return name.ToString();
            return null;
        }

        return null;
    }

    /// <summary>The innermost container; null where there is none.</summary>
    public static string? Container(string path) => ContainerPath.Of(path)?.Innermost;

    private static string[] Components(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);
}
