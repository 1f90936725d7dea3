using Skep.Bpf;
using Skep.Isa;
using Skep.Linux.Kernel;

namespace Skep.Watch.Events;

/// <summary>A program. What is not known is null.</summary>
public sealed record ProgramDetails
{
    /// <summary>The kernel's id.</summary>
    public uint? Id { get; init; }

    /// <summary>The type, by bpftool's name.</summary>
    public string? Type { get; init; }

    /// <summary>The name that it was given.</summary>
    public string? Name { get; init; }

    /// <summary>The kernel's tag, 16 hexadecimal digits.</summary>
    public string? Tag { get; init; }

    /// <summary>Whether its license lets it use GPL helpers: the kernel's own judgement.</summary>
    public bool? GplCompatible { get; init; }

    /// <summary>The license that it was loaded with.</summary>
    public string? License { get; init; }

    /// <summary>Where it expects to be attached, by bpftool's name.</summary>
    public string? ExpectedAttachType { get; init; }

    /// <summary>The BTF type that it is for: a kernel function, a struct.</summary>
    public uint? AttachBtfId { get; init; }

    /// <summary>The name of that.</summary>
    public string? AttachFunction { get; init; }

    /// <summary>The maps that it uses.</summary>
    public IReadOnlyList<uint>? MapIds { get; init; }

    /// <summary>Level of the verifier's log that was asked for; null when there was no load.</summary>
    public uint? LogLevel { get; init; }

    /// <summary>The verifier's log, from the process's buffer; null when it gave none.</summary>
    public string? Log { get; init; }

    /// <summary>How many bytes of the log's beginning were left out.</summary>
    public uint LogSkipped { get; init; }

    /// <summary>Instructions that the verifier walked.</summary>
    public uint? VerifiedInsns { get; init; }

    /// <summary>Bytes of the code after the verifier's rewriting.</summary>
    public uint? BytesXlated { get; init; }

    /// <summary>The code; null when this is only a reference to a program.</summary>
    public CodeDetails? Code { get; init; }

    /// <summary>What is found in the code; null when it was not looked at.</summary>
    public IReadOnlyList<ProgramFinding>? Findings { get; init; }

    /// <summary>Why <see cref="Findings"/> are missing though they were asked for; null when they are not.</summary>
    public string? NotExplained { get; init; }

    /// <summary>Descriptors in the code, and the maps that they stood for.</summary>
    public IReadOnlyDictionary<int, uint> MapsByDescriptor { get; init; } = new Dictionary<int, uint>();

    internal static string? AttachTypeName(uint type) => type == 0 ? null : ((BpfAttachType)type).Name();

    internal static ProgramDetails Of(in RefRecord reference) => new()
    {
        Id = reference.Id, Type = ((BpfProgramType)reference.Type).Name(), Name = KernelText.Read(reference.Name),
    };

    /// <summary>The same with what the kernel's own program holds.</summary>
    internal ProgramDetails With(in ProgRecord program, string attachFunction)
    {
        ReadOnlySpan<uint> ids = program.MapIds;
        return this with
        {
            Id = program.Id,
            Type = ((BpfProgramType)program.Type).Name(),
            Name = KernelText.Read(program.Name),
            Tag = Convert.ToHexStringLower(program.Tag),
            GplCompatible = program.GplCompatible != 0,
            ExpectedAttachType = AttachTypeName(program.ExpectedAttachType),
            AttachBtfId = program.AttachBtfId == 0 ? null : program.AttachBtfId,
            AttachFunction = attachFunction.Length > 0 ? attachFunction : null,
            MapIds = ids[..(int)Math.Min(program.MapCount, EventLayout.ProgMaps)].ToArray(),
            VerifiedInsns = program.InsnsVerified == 0 ? null : program.InsnsVerified,
            BytesXlated = program.InsnsXlated * Instruction.Size,
        };
    }

    internal void WriteTo(IFieldWriter writer)
    {
        writer.Begin("prog");
        writer.Number("id", Id);
        writer.Text("type", Type);
        writer.Text("name", Name);
        writer.Text("tag", Tag);
        writer.Text("sha256", Code?.Sha256);
        writer.Number("insn_cnt", Code?.Count);
        writer.Flag("gpl_compatible", GplCompatible);
        writer.Text("license", License);
        writer.Text("expected_attach_type", ExpectedAttachType);
        writer.Number("attach_btf_id", AttachBtfId);
        writer.Text("attach_func", AttachFunction);
        writer.Numbers("map_ids", MapIds);
        writer.Number("log_level", LogLevel);
        writer.Text("log", Log);
        writer.Number("log_skipped", LogSkipped > 0 ? LogSkipped : null);
        writer.Number("verified_insns", VerifiedInsns);
        writer.Number("bytes_xlated", BytesXlated);
        Code?.WriteTo(writer);
        writer.Objects("findings", Findings, finding =>
        {
            writer.Text("name", finding.Name);
            writer.Text("text", finding.Text);
            writer.Numbers("insns", finding.Slots);
        });
        writer.Text("findings_reason", NotExplained);
        writer.End();
    }

    internal void WriteTo(ILineWriter lines)
    {
        lines.Line("program type", Type);
        lines.Name("program name", Name);
        lines.Line("program id", Id);
        lines.Line("tag", Tag);
        lines.Line("instructions", Code?.Count);
        lines.Line("capture", Code?.Judgement);
        lines.Line("sha256", Code?.Sha256);
        string gpl = GplCompatible switch { true => " (GPL compatible: yes)", false => " (GPL compatible: no)", _ => "" };
        lines.Line("license", License is null ? null : License + gpl);
        lines.Line("expected attach type", ExpectedAttachType);
        lines.Name("attach function", AttachFunction);
        lines.Line("map ids", MapIds is { Count: > 0 } ids ? string.Join(", ", ids) : null);
        lines.Line("verified instructions", VerifiedInsns);
        lines.Line("translated", BytesXlated is { } bytes ? $"{bytes} bytes" : null);
        lines.Line("verifier log level", LogLevel);
    }
}
