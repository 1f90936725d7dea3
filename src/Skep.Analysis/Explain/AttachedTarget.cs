using Skep.Inventory.Objects;

namespace Skep.Analysis.Explain;

/// <summary>The function or tracepoint that attachments name, where all name the same.</summary>
internal static class AttachedTarget
{
    private static readonly string[] Prefixes = ["tracepoint ", "kprobe ", "kretprobe "];

    public static string? Of(IReadOnlyList<Attachment> attachments)
    {
        string[] targets = [.. attachments.Select(Name).Where(name => name is not null).Select(name => name!).Distinct()];
        return targets.Length == 1 && targets.Length == attachments.Select(place => place.Target).Distinct().Count() ? targets[0] : null;
    }

    // "kprobe vfs_read+0x10" is inside of a function: its registers are no arguments there.
    private static string? Name(Attachment place)
    {
        if (place.Target is not { } target) return null;
        foreach (string prefix in Prefixes)
            if (target.StartsWith(prefix, StringComparison.Ordinal))
                return target.Contains('+', StringComparison.Ordinal) ? null : target[prefix.Length..].Replace(':', '/');
        return place.Type is "raw_tracepoint" ? target : null;
    }
}
