using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>A link, as it was when it was read.</summary>
/// <param name="Info">What the kernel says of it.</param>
/// <param name="ProgramType">Of a tracing link: the type of its program; null when that is gone.</param>
/// <param name="OnProgram">
/// Of a tracing link: whether its target is in another program, whose id stands where else that of the BTF is (bpf_trampoline_compute_key);
/// null when that cannot be told.
/// </param>
public sealed record LinkEntry(BpfLinkInfo Info, BpfProgramType? ProgramType, bool? OnProgram = null)
{
    /// <summary>Reads a link.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    /// <param name="link">The link.</param>
    /// <param name="expected">What its type may be.</param>
    public static LinkEntry Read(BpfLink link, BpfLinkType expected = BpfLinkType.Unspec)
    {
        ArgumentNullException.ThrowIfNull(link);
        BpfLinkInfo info = link.GetInfo(expected);
        if (info.Target is not BpfLinkTarget.Tracing target || info.ProgramId == 0) return new LinkEntry(info, null);
        using BpfProgram? program = BpfProgram.TryOpenById(info.ProgramId, out _);
        return program?.GetInfo() is { } attached
            ? new LinkEntry(info, attached.Type,
                IsOnProgram(attached.Type, attached.AttachBtfId, attached.AttachBtfObjectId, target.ObjectId)) : new LinkEntry(info, null);
    }

    // A program for a function of the kernel tells the BTF of that; one for another program forgets its BTF when it is attached.
    internal static bool? IsOnProgram(BpfProgramType type, uint attachBtfId, uint attachBtfObject, uint targetObject) =>
        type == BpfProgramType.Ext ? true : attachBtfId == 0 ? null : attachBtfObject != targetObject;
}
