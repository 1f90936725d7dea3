using Skep.Isa;

namespace Skep.Watch.Events;

/// <summary>How far captured code is proven to be the code that the kernel took.</summary>
public enum CaptureQuality
{
    /// <summary>The bytes recompute to the tag that the kernel computed over its own copy.</summary>
    Proven,

    /// <summary>Whole, and equal at entry and at exit; the kernel's tag cannot be compared.</summary>
    Consistent,

    /// <summary>Rewritten while the call ran.</summary>
    Raced,

    /// <summary>Not all of it could be read, or not twice.</summary>
    Partial,
}

/// <summary>Code that a call carried.</summary>
public sealed record CodeDetails
{
    /// <summary>The instructions as they lay in memory, 8 bytes each. Empty when none could be read.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Instructions that the call named.</summary>
    public required uint Count { get; init; }

    /// <summary>How sure the bytes are.</summary>
    public required CaptureQuality Quality { get; init; }

    /// <summary>Why they are not proven, or what else the reader should know.</summary>
    public string? Reason { get; init; }

    /// <summary>SHA-256 of the bytes; null when they are not whole.</summary>
    public string? Sha256 => IsWhole ? Sha256Digest.Text(Bytes.Span) : null;

    /// <summary>Whether all that the call named is here.</summary>
    public bool IsWhole { get; init; }

    /// <summary>The instructions.</summary>
    public ReadOnlySpan<Instruction> Instructions => Decoder.Slots(Bytes.Span);
}

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

    /// <summary>Descriptors in the code, and the maps that they stood for.</summary>
    public IReadOnlyDictionary<int, uint> MapsByDescriptor { get; init; } = new Dictionary<int, uint>();
}
