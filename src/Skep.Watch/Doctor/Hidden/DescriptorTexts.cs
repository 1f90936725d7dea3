using System.Globalization;

namespace Skep.Watch.Doctor.Hidden;

/// <summary>The ids that /proc/PID/fdinfo tells of the descriptors of all processes.</summary>
internal sealed class DescriptorTexts
{
    private static readonly (string Field, string Kind)[] Fields = [("prog_id:", "program"), ("map_id:", "map"), ("link_id:", "link")];

    private readonly Dictionary<string, HashSet<string>> _ids = [];

    private DescriptorTexts()
    {
    }

    public static DescriptorTexts Read()
    {
        var texts = new DescriptorTexts();
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (!uint.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out _)) continue;
            try
            {
                // Only what is no file of a file system can be an object: its link names no path.
                foreach (string fd in Directory.EnumerateFileSystemEntries($"{process}/fd"))
                    if (new FileInfo(fd).LinkTarget is { } target && target.StartsWith("anon_inode:", StringComparison.Ordinal)) texts.Add($"{process}/fdinfo/{Path.GetFileName(fd)}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended.
            }
        }

        return texts;
    }

    public IEnumerable<string> Ids(string kind) => _ids.TryGetValue(kind, out HashSet<string>? ids) ? ids : [];

    internal void AddLine(string line)
    {
        foreach ((string field, string kind) in Fields)
        {
            if (!line.StartsWith(field, StringComparison.Ordinal)) continue;
            if (!_ids.TryGetValue(kind, out HashSet<string>? ids)) _ids[kind] = ids = [];
            ids.Add(line[field.Length..].Trim());
        }
    }

    private void Add(string file)
    {
        try
        {
            foreach (string line in File.ReadLines(file)) AddLine(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has been closed.
        }
    }
}
