using Skep.Linux.Kernel;

namespace Skep.Inventory.Hidden;

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
        foreach (uint process in KernelDirectory.Processes().Value ?? [])
        {
            // Only what is no file of a file system can be an object: its link names no path.
            foreach (string fd in KernelDirectory.Names($"/proc/{process}/fd").Value ?? [])
            {
                if (KernelFile.Link($"/proc/{process}/fd/{fd}").Value is { } target
                    && target.StartsWith("anon_inode:", StringComparison.Ordinal))
                    KernelFile.ReadLines($"/proc/{process}/fdinfo/{fd}", texts.AddLine);
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
}
