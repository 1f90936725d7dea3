using System.Text;
using Skep.Linux.Containers;

namespace Skep.Linux.Processes;

/// <summary>The files of systemd's system units, as systemd.unit(5) has them: those that nobody but root can write.</summary>
/// <param name="files">The files of the machine.</param>
public sealed class UnitFiles(HostFiles files)
{
    private const int MostBytes = 1 << 20;

    // In order of precedence: systemd.unit(5), "System Unit Search Path".
    private static readonly string[] SearchPath =
    [
        "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient", "/run/systemd/generator.early",
        "/etc/systemd/system", "/etc/systemd/system.attached", "/run/systemd/system", "/run/systemd/system.attached",
        "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
        "/run/systemd/generator.late",
    ];

    /// <summary>The values that a directive of a unit has, in the order of its files; an empty value clears those before it.</summary>
    public IReadOnlyList<string> Values(string unit, string directive)
    {
        var values = new List<string>();
        foreach (byte[] file in Files(unit))
        {
            foreach (string line in Lines(file))
            {
                int equals = line.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0 || !line.AsSpan(0, equals).TrimEnd().SequenceEqual(directive)) continue;
                string value = line[(equals + 1)..].Trim();
                if (value.Length == 0) values.Clear();
                else values.Add(value);
            }
        }

        return values;
    }

    // The unit's own file, and then what is dropped in, by file names.
    private IEnumerable<byte[]> Files(string unit)
    {
        string[] names = Template(unit) is { } template ? [unit, template] : [unit];
        foreach (string path in names.SelectMany(name => SearchPath.Select(directory => $"{directory}/{name}")))
        {
            if (files.Read(path, MostBytes) is not { } file) continue;
            yield return file;
            break;
        }

        var dropIns = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string directory in DropInDirectories(unit, names).SelectMany(name => SearchPath.Select(path => $"{path}/{name}")))
            foreach (string name in files.Names(directory))
                if (name.EndsWith(".conf", StringComparison.Ordinal) && !dropIns.ContainsKey(name)
                    && files.Read($"{directory}/{name}", MostBytes) is { } file) dropIns.Add(name, file);
        foreach (byte[] file in dropIns.Values) yield return file;
    }

    // a-b-c.service: a-b-c.service.d, a-b-.service.d, a-.service.d, service.d
    private static IEnumerable<string> DropInDirectories(string unit, string[] names)
    {
        foreach (string name in names) yield return $"{name}.d";
        int dot = unit.LastIndexOf('.');
        if (dot < 0) yield break;
        for (int dash = unit.LastIndexOf('-', dot - 1); dash > 0; dash = unit.LastIndexOf('-', dash - 1))
            if (dash + 1 < dot) yield return $"{unit[..(dash + 1)]}{unit[dot..]}.d";
        yield return $"{unit[(dot + 1)..]}.d";
    }

    // name@instance.service is an instance of name@.service.
    private static string? Template(string unit)
    {
        int at = unit.IndexOf('@', StringComparison.Ordinal), dot = unit.LastIndexOf('.');
        return at >= 0 && dot > at + 1 ? $"{unit[..(at + 1)]}{unit[dot..]}" : null;
    }

    // A line that ends with a backslash goes on in the next one; comments in between are left out.
    private static IEnumerable<string> Lines(byte[] file)
    {
        string begun = "";
        foreach (string raw in Encoding.UTF8.GetString(file).Split('\n'))
        {
            string line = raw.Trim();
            if (line.Length > 0 && line[0] is '#' or ';') continue;
            if (line.EndsWith('\\'))
            {
                begun += $"{line[..^1]} ";
                continue;
            }

            yield return begun + line;
            begun = "";
        }
    }
}
