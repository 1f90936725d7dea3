using System.Globalization;

namespace Skep.Testing;

/// <summary>The processes that this one has started and that have not ended.</summary>
internal static class ChildProcesses
{
    public static int[] List() => [.. Directory.EnumerateDirectories("/proc/self/task")
        .SelectMany(thread => Read(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];

    public static string CommandLine(int pid) => Read($"/proc/{pid}/cmdline").Replace('\0', ' ').Trim();

    // A thread that has ended meanwhile has no file; its children are another's.
    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
