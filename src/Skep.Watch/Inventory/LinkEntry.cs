using Skep.Bpf;

namespace Skep.Watch.Inventory;

/// <summary>A link, as it was when it was read.</summary>
/// <param name="Info">What the kernel says of it.</param>
/// <param name="ProgramType">Of a tracing link: the type of its program; null when that is gone.</param>
public sealed record LinkEntry(BpfLinkInfo Info, BpfProgramType? ProgramType)
{
    /// <summary>Reads a link.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static LinkEntry Read(BpfLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        BpfLinkInfo info = link.GetInfo();
        if (info.Target is not BpfLinkTarget.Tracing || info.ProgramId == 0) return new LinkEntry(info, null);
        using BpfProgram? program = BpfProgram.TryOpenById(info.ProgramId, out _);
        return new LinkEntry(info, program?.GetInfo().Type);
    }
}
