using System.Globalization;
using System.Text;

namespace Skep.Linux.Processes;

/// <summary>What a cgroup's path says of who made it: systemd's unit, a container runtime's container.</summary>
public static class CgroupPath
{
    // systemd.unit(5), those that have processes.
    private static readonly string[] UnitSuffixes = [".service", ".scope", ".socket", ".mount", ".swap"];

    private const int IdLength = 64;

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

    /// <summary>
    /// The innermost container: the 64 hexadecimal digits that Docker, containerd, CRI-O and Podman use, or the name of an
    /// LXC or systemd-nspawn machine; null where there is none. What a runtime keeps beside its containers (conmon, nspawn's
    /// supervisor) is in none.
    /// </summary>
    public static string? Container(string path)
    {
        string? found = null, outside = null;
        bool ofMachine = false;
        ReadOnlySpan<char> above = default;
        foreach (string name in Components(path))
        {
            bool supervises = ofMachine && name == "supervisor";
            ofMachine = false;
            if (supervises)
            {
                found = outside;
            }
            else if (RuntimeId(name) is { } id)
            {
                found = id;
            }
            else if (above is "lxc" or "lxc.payload")
            {
                found = name;
            }
            else if (Enclosed(name, "lxc.payload.", "") is { } container)
            {
                found = container;
            }
            else if (Machine(name) is { } machine)
            {
                (outside, found, ofMachine) = (found, machine, true);
            }

            above = name;
        }

        return found;
    }

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

    private static string[] Components(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);
}
