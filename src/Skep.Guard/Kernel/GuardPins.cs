using Skep.Linux.Files;

namespace Skep.Guard.Kernel;

/// <summary>The pins of generations of policies.</summary>
internal static class GuardPins
{
    private const string LinkPrefix = "link_";

    /// <summary>Makes the directory of a generation.</summary>
    public static void Create(uint generation) => PrivateDirectory.Ensure(GuardPaths.Pins, GuardPaths.PinsOf(generation), _ => { });

    /// <summary>Removes a generation: its programs end with their links, those on files first, which guard the other pins.</summary>
    public static void Remove(uint generation)
    {
        string directory = GuardPaths.PinsOf(generation);
        if (!Directory.Exists(directory)) return;
        foreach (string path in Directory.EnumerateFiles(directory).OrderByDescending(IsLink).ToList()) File.Delete(path);
        Directory.Delete(directory);
    }

    /// <summary>The programs of a generation that are attached, by their names.</summary>
    public static IReadOnlyList<string> Attached(uint generation) =>
        Directory.Exists(GuardPaths.PinsOf(generation))
            ? [.. Directory.EnumerateFiles(GuardPaths.PinsOf(generation)).Where(IsLink).Select(path => Path.GetFileName(path)[LinkPrefix.Length..]).Order(StringComparer.Ordinal)]
            : [];

    private static bool IsLink(string path) => Path.GetFileName(path).StartsWith(LinkPrefix, StringComparison.Ordinal);
}
