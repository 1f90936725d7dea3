using Skep.Bpf;
using Skep.Guard.State;
using Skep.Linux.Files;

namespace Skep.Guard.Kernel;

/// <summary>The pins of generations of policies.</summary>
internal static class GuardPins
{
    private const string LinkPrefix = "link_";

    /// <summary>The pin of a program's link.</summary>
    public static string OfLink(uint generation, string program) => $"{GuardPaths.PinsOf(generation)}/{LinkPrefix}{program}";

    /// <summary>Makes the directory of a generation.</summary>
    public static void Create(uint generation) => PrivateDirectory.Ensure(GuardPaths.Pins, GuardPaths.PinsOf(generation), _ => { });

    /// <summary>
    /// Removes a generation: its programs end with their links. A link that is still held when its pin is removed ends as its descriptor
    /// is closed; otherwise the kernel ends it some time later (kernel/bpf/syscall.c, bpf_link_put).
    /// </summary>
    public static void Remove(uint generation)
    {
        string directory = GuardPaths.PinsOf(generation);
        if (!Directory.Exists(directory)) return;
        List<string> pins = [.. Directory.EnumerateFiles(directory)];
        List<BpfLink> links = [.. pins.Where(IsLink).Select(BpfLink.OpenPinned)];
        foreach (string path in pins) File.Delete(path);
        Directory.Delete(directory);
        foreach (BpfLink link in links) link.Dispose();
    }

    /// <summary>The programs of a generation that are attached, by their names.</summary>
    public static IReadOnlyList<string> Attached(uint generation) =>
        Directory.Exists(GuardPaths.PinsOf(generation))
            ? [.. Directory.EnumerateFiles(GuardPaths.PinsOf(generation)).Where(IsLink).Select(path =>
                Path.GetFileName(path)[LinkPrefix.Length..]).Order(StringComparer.Ordinal)]
            : [];

    private static bool IsLink(string path) => Path.GetFileName(path).StartsWith(LinkPrefix, StringComparison.Ordinal);
}
