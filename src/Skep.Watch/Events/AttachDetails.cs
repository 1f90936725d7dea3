namespace Skep.Watch.Events;

/// <summary>An attach or detach without a link. What is not known is null.</summary>
public sealed record AttachDetails
{
    /// <summary>The interface used.</summary>
    public required AttachMethod How { get; init; }

    /// <summary>What it is attached to.</summary>
    public string? Target { get; init; }

    /// <summary>Where, by bpftool's name or the kernel's.</summary>
    public string? AttachType { get; init; }

    /// <summary>The program; null when it is classic code or a detach.</summary>
    public uint? ProgramId { get; init; }

    /// <summary>The program that is replaced.</summary>
    public uint? ReplacedProgramId { get; init; }

    /// <summary>Names of the flags that are set.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Classic instructions, when the filter is made of such.</summary>
    public CodeDetails? Classic { get; init; }

    /// <summary>Whether it detaches a program.</summary>
    public bool IsDetach { get; init; }

    internal void WriteTo(IFieldWriter writer)
    {
        writer.Begin("attach");
        writer.Text("how", How.Name());
        writer.Text("attach_type", AttachType);
        writer.Text("target", Target);
        writer.Number("prog_id", ProgramId);
        writer.Number("replaced_prog_id", ReplacedProgramId);
        writer.Flag("detach", IsDetach ? true : null);
        writer.Texts("flags", Flags.Count > 0 ? Flags : null);
        writer.Text("sha256", Classic?.Sha256);
        writer.Number("insn_cnt", Classic?.Count);
        Classic?.WriteTo(writer);
        writer.End();
    }

    internal void WriteTo(ILineWriter lines)
    {
        lines.Line(IsDetach ? "detached by" : "attached by", How.Name());
        lines.Line("attach type", AttachType);
        lines.Name("target", Target);
        lines.Line("program id", ProgramId);
        lines.Line("in place of program", ReplacedProgramId);
        lines.Line("flags", Flags.Count > 0 ? string.Join(", ", Flags) : null);
        lines.Line("classic instructions", Classic?.Count);
        lines.Line("capture", Classic?.Judgement);
    }
}
