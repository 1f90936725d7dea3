using Skep.Bpf;

namespace Skep.Watch.Events;

/// <summary>A link. What is not known is null.</summary>
public sealed record LinkDetails
{
    // Where the kernel's link does not hold it.
    private const uint NoAttachType = uint.MaxValue;

    /// <summary>The kernel's id.</summary>
    public uint? Id { get; init; }

    /// <summary>The type, by bpftool's name.</summary>
    public string? Type { get; init; }

    /// <summary>The program that it holds.</summary>
    public uint? ProgramId { get; init; }

    /// <summary>Where it is attached, by bpftool's name.</summary>
    public string? AttachType { get; init; }

    /// <summary>What it is attached to.</summary>
    public string? Target { get; init; }

    /// <param name="link">The kernel's link.</param>
    /// <param name="target">What it is attached to.</param>
    internal static LinkDetails Of(in LinkRecord link, string? target)
    {
        bool named = link.AttachType != NoAttachType && (link.AttachType != 0 || (BpfLinkType)link.Type == BpfLinkType.Cgroup);
        return new LinkDetails
        {
            Id = link.Id,
            Type = ((BpfLinkType)link.Type).Name(),
            ProgramId = link.ProgId == 0 ? null : link.ProgId,
            AttachType = named ? ((BpfAttachType)link.AttachType).Name() : null,
            Target = target,
        };
    }

    internal static LinkDetails Of(in RefRecord reference) => new() { Id = reference.Id, Type = ((BpfLinkType)reference.Type).Name() };

    internal void WriteTo(IFieldWriter writer)
    {
        writer.Begin("link");
        writer.Number("id", Id);
        writer.Text("type", Type);
        writer.Number("prog_id", ProgramId);
        writer.Text("attach_type", AttachType);
        writer.Text("target", Target);
        writer.End();
    }

    internal void WriteTo(ILineWriter lines)
    {
        lines.Line("link type", Type);
        lines.Line("link id", Id);
        lines.Line("program id", ProgramId);
        lines.Line("attach type", AttachType);
        lines.Name("target", Target);
    }
}
