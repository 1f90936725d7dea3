namespace Skep.Watch.Processes;

/// <summary>What a cgroup's path says of who made it: systemd's unit, a container runtime's container.</summary>
internal static class CgroupPath
{
    // systemd.unit(5), those that have processes.
    private static readonly string[] UnitSuffixes = [".service", ".scope", ".socket", ".mount", ".swap"];

    private static readonly string[] NamedContainerPrefixes = ["lxc.payload.", "machine-"];

    /// <summary>systemd's system unit, as <c>ps -o unit</c> shows it: the first component below the slices; null where there is none.</summary>
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
    /// LXC or systemd-nspawn machine; null where there is none.
    /// </summary>
    public static string? Container(string path)
    {
        string? found = null;
        ReadOnlySpan<char> above = default;
        foreach (string name in Components(path))
        {
            ReadOnlySpan<char> bare = name.EndsWith(".scope", StringComparison.Ordinal) ? name.AsSpan(..^".scope".Length) : name;
            ReadOnlySpan<char> id = bare.Length >= 64 ? bare[^64..] : default;
            if (!id.IsEmpty && !id.ContainsAnyExcept("0123456789abcdef") && (bare.Length == 64 || bare[^65] is '-' or ':'))
                found = id.ToString();
            else if (above.SequenceEqual("lxc"))
                found = name;
            else
                found = NamedContainer(name, bare) ?? found;
            above = name;
        }

        return found;
    }

    private static string? NamedContainer(ReadOnlySpan<char> name, ReadOnlySpan<char> bare)
    {
        foreach (string prefix in NamedContainerPrefixes)
        {
            if (prefix == "machine-" && !name.EndsWith(".scope")) continue;
            if (bare.StartsWith(prefix) && bare.Length > prefix.Length) return Unescape(bare[prefix.Length..]);
        }

        return null;
    }

    // systemd-escape: \xNN.
    private static string Unescape(ReadOnlySpan<char> name)
    {
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] == '\\' && i + 3 < name.Length && name[i + 1] == 'x'
                && byte.TryParse(name.Slice(i + 2, 2), System.Globalization.NumberStyles.HexNumber, null, out byte code))
            {
                text.Append((char)code);
                i += 3;
            }
            else
            {
                text.Append(name[i]);
            }
        }

        return text.ToString();
    }

    private static string[] Components(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);
}
