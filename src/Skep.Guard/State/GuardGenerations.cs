using System.Globalization;

namespace Skep.Guard.State;

/// <summary>The generations of policies that there is something of.</summary>
internal static class GuardGenerations
{
    /// <summary>The generations that are pinned, oldest first.</summary>
    internal static IReadOnlyList<uint> Pinned() => In(GuardPaths.Pins, directories: true);

    /// <summary>The generations whose texts are kept, oldest first.</summary>
    internal static IReadOnlyList<uint> Kept() => In(GuardPaths.State, directories: false);

    private static List<uint> In(string directory, bool directories)
    {
        var found = new List<uint>();
        if (!Directory.Exists(directory)) return found;
        foreach (string path in directories ? Directory.EnumerateDirectories(directory) : Directory.EnumerateFiles(directory))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            if (name.StartsWith(GuardPaths.Prefix, StringComparison.Ordinal)
                && uint.TryParse(
                    name.AsSpan(GuardPaths.Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint generation))
                found.Add(generation);
        }

        found.Sort();
        return found;
    }
}
