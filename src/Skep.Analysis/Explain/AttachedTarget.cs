using Skep.Inventory.Objects;

namespace Skep.Analysis.Explain;

/// <summary>The function or tracepoint that attachments name, where all name the same.</summary>
internal static class AttachedTarget
{
    public static string? Of(IReadOnlyList<Attachment> attachments)
    {
        string[] targets = [.. attachments.Select(Name).Where(name => name is not null).Select(name => name!).Distinct()];
        int places = attachments.Select(place => place.Target?.Text).Distinct().Count();
        return targets.Length == 1 && places == 1 ? targets[0] : null;
    }

    // Inside of a function registers are no arguments.
    private static string? Name(Attachment place) => place.Target switch
    {
        AttachmentTarget.Tracepoint tracepoint => tracepoint.Name.Replace(':', '/'),
        AttachmentTarget.Kprobe { Offset: 0 } kprobe => kprobe.Symbol,
        AttachmentTarget.RawTracepoint raw when place.LinkId != 0 => raw.Name,
        _ => null,
    };
}
