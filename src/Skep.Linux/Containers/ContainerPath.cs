using System.Globalization;
using System.Text;

namespace Skep.Linux.Containers;

/// <summary>
/// The containers that a cgroup's path names: by the 64 hexadecimal digits that Docker, containerd, CRI-O and Podman use, or by the name of
/// an LXC or systemd-nspawn machine. What a runtime keeps beside its containers (conmon, nspawn's supervisor) is in none.
/// </summary>
/// <param name="Innermost">The innermost container.</param>
/// <param name="Outermost">The outermost one: the only one whose cgroup was made outside of any container.</param>
/// <param name="OutermostAbove">The path of the cgroup that the outermost one's is in.</param>
public sealed record ContainerPath(string Innermost, string Outermost, string OutermostAbove)
{
    private const int IdLength = 64;

    /// <summary>Whether the innermost container is in another one, within which its cgroup may have been given any name.</summary>
    public bool IsNested => Innermost != Outermost;

    /// <summary>The containers of a path; null where there are none.</summary>
    public static ContainerPath? Of(string path)
    {
        ContainerPath? found = null, outside = null;
        bool ofMachine = false;
        ReadOnlySpan<char> above = default;
        int at = 0;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = path.IndexOf(name, at, StringComparison.Ordinal);
            bool supervises = ofMachine && name == "supervisor";
            ofMachine = false;
            if (supervises) found = outside;
            else if (RuntimeId(name) is { } id) found = Within(found, id, path[..at]);
            else if (above is "lxc" or "lxc.payload") found = Within(found, name, path[..at]);
            else if (Enclosed(name, "lxc.payload.", "") is { } container) found = Within(found, container, path[..at]);
            else if (Machine(name) is { } machine) (outside, found, ofMachine) = (found, Within(found, machine, path[..at]), true);
            above = name;
            at += name.Length;
        }

        return found;
    }

    private static ContainerPath Within(ContainerPath? outer, string id, string above) =>
        outer is null ? new ContainerPath(id, id, above.TrimEnd('/')) : outer with { Innermost = id };

    /// <summary>Whether a container is named by the digits that a runtime gave it.</summary>
    internal static bool IsId(string container) => RuntimeId(container) == container;

    private static string? RuntimeId(string name)
    {
        ReadOnlySpan<char> bare = name.EndsWith(".scope", StringComparison.Ordinal) ? name.AsSpan(..^".scope".Length) : name;
        if (bare.Length < IdLength || bare[^IdLength..].ContainsAnyExcept("0123456789abcdef")) return null;
        ReadOnlySpan<char> before = bare[..^IdLength];
        bool named = before.IsEmpty || before[^1] is '-' or ':';
        return named && !before.EndsWith("conmon-") ? bare[^IdLength..].ToString() : null;
    }

    // Machines of systemd-machined(8) that are containers: those of libvirt's QEMU are named qemu-NUMBER-NAME.
    private static string? Machine(string name)
    {
        if ((Enclosed(name, "machine-", ".scope") ?? Enclosed(name, "systemd-nspawn@", ".service")) is not { } escaped) return null;
        string machine = Unescape(escaped);
        return machine.StartsWith("qemu-", StringComparison.Ordinal) && machine.Length > 5 && char.IsAsciiDigit(machine[5])
            ? null : machine;
    }

    private static string? Enclosed(string name, string prefix, string suffix) =>
        name.Length > prefix.Length + suffix.Length && name.StartsWith(prefix, StringComparison.Ordinal)
            && name.EndsWith(suffix, StringComparison.Ordinal)
            ? name[prefix.Length..^suffix.Length]
            : null;

    // systemd-escape: \xNN, a byte of UTF-8.
    private static string Unescape(string name)
    {
        if (!name.Contains('\\')) return name;
        var bytes = new List<byte>();
        for (int i = 0; i < name.Length; i++)
        {
            if (i + 3 < name.Length && name[i] == '\\' && name[i + 1] == 'x'
                && byte.TryParse(name.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code))
            {
                bytes.Add(code);
                i += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(name, i, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
