using System.Globalization;

namespace Skep.Linux.Kernel;

/// <summary>The record of a tracepoint, by /sys/kernel/tracing/events/CATEGORY/NAME/format.</summary>
public sealed class TracepointFormat
{
    private static readonly string[] Mounts = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    private readonly Dictionary<long, string> _names;

    private TracepointFormat(Dictionary<long, string> names) => _names = names;

    /// <summary>
    /// The format of <c>category/name</c>, or of a name alone where only one category has it; null when it cannot be read.
    /// </summary>
    public static TracepointFormat? Read(string? target)
    {
        if (target is not { Length: > 0 } || target.Contains("..", StringComparison.Ordinal)) return null;
        foreach (string mount in Mounts)
        {
            string[] files = target.Split('/') switch
            {
                [_, _] => [$"{mount}/events/{target}/format"],
                [_] =>
                    [
                        .. (KernelDirectory.Names($"{mount}/events").Value ?? [])
                            .Select(category => $"{mount}/events/{category}/{target}/format").Where(KernelFile.Exists)],
                _ => [],
            };
            if (files.Length == 1 && KernelFile.Lines(files[0]).Value is { } lines) return Parse(lines);
        }

        return null;
    }

    /// <summary>The name of the field that begins at an offset; null for none.</summary>
    public string? Field(long offset) => _names.GetValueOrDefault(offset);

    // field:const char * filename;	offset:16;	size:8;	signed:0;
    public static TracepointFormat Parse(IEnumerable<string> lines)
    {
        var names = new Dictionary<long, string>();
        foreach (string line in lines)
        {
            string[] parts = line.Trim().Split(';', StringSplitOptions.TrimEntries);
            if (parts.Length < 2 || !parts[0].StartsWith("field:", StringComparison.Ordinal)
                || !parts[1].StartsWith("offset:", StringComparison.Ordinal)) continue;
            string declaration = parts[0].Split('[')[0];
            if (long.TryParse(parts[1].AsSpan("offset:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out long offset))
                names[offset] = declaration[(declaration.LastIndexOf(' ') + 1)..];
        }

        return new TracepointFormat(names);
    }
}
